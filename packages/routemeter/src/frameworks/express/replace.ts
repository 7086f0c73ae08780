/** Takes off what was put on, the last first. */
const undo: (() => void)[] = [];

/** Replaces a method until `restore`. */
export function replace<T extends object, K extends keyof T>(object: T, name: K, method: T[K]): void {
  const original = object[name];
  object[name] = method;
  undo.push(() => {
    // Who replaced it after us calls ours, and keeps it.
    if (object[name] === method) object[name] = original;
  });
}

/** Marks an object until `restore`. */
export function mark(object: object, key: symbol): void {
  Object.defineProperty(object, key, { value: true, configurable: true });
  undo.push(() => Reflect.deleteProperty(object, key));
}

/** Leaves objects as they were found. */
export function restore(): void {
  for (const take of undo.splice(0).reverse()) take();
}
