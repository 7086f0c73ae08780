// biome-ignore lint/suspicious/noExplicitAny: stands for a method of any library
export type Method = (this: any, ...args: any[]) => any;

/** Gives a function what the original has of its own: its name, and what `util.promisify` looks for. */
export function dress(method: Method, original: Method): void {
  for (const key of Reflect.ownKeys(original)) {
    if (key === 'prototype' || key === 'arguments' || key === 'caller') continue;
    Object.defineProperty(method, key, Object.getOwnPropertyDescriptor(original, key)!);
  }
}

/** Gives what stands for a callback the name and length of it, by which libraries tell callbacks apart. */
export function likeIt<F extends Method>(callback: F, method: Method): F {
  for (const name of ['name', 'length'] as const) {
    Object.defineProperty(method, name, { value: callback[name], configurable: true });
  }
  return method as F;
}
