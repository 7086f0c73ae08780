/** On the global object: some application measures its requests, through whichever copy of the library. */
const USED: unique symbol = Symbol.for('routemeter.v1.express.used') as never;
const root = globalThis as { [USED]?: true };
/** Takes off what was put on, the last first. */
const undo: { isOurs(): boolean; take(): void }[] = [];

/** Replaces a method until `restore`. */
export function replace<T extends object, K extends keyof T>(object: T, name: K, method: T[K]): void {
  const original = object[name];
  object[name] = method;
  undo.push({
    isOurs: () => object[name] === method,
    take() {
      object[name] = original;
    },
  });
}

/** Marks an object until `restore`. */
export function mark(object: object, key: symbol): void {
  Object.defineProperty(object, key, { value: true, configurable: true });
  undo.push({ isOurs: () => true, take: () => Reflect.deleteProperty(object, key) });
}

/** From here on `restore` leaves everything as it is. */
export function keep(): void {
  root[USED] = true;
}

/** Leaves objects as they were found, unless somebody needs what was put on. */
export function restore(): void {
  if (root[USED]) return;
  // Who replaced one after us calls ours: without the marks it would be put on once more, around itself.
  if (undo.some(({ isOurs }) => !isOurs())) return;
  for (const { take } of undo.splice(0).reverse()) take();
}
