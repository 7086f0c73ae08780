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

// biome-ignore lint/suspicious/noExplicitAny: of any signature
type Method = (...args: any[]) => unknown;

/** What stands for a method. */
export interface Replacement {
  /** The method, with what would be its `this` as first parameter. */
  run: Method;
  /** The same with a `this`, for whoever takes the method off its prototype. */
  seen: Method;
  /** Which objects it is for; the others keep theirs. Asked once for each. Default: all. */
  isFor?(self: never): boolean;
}

/**
 * Replaces the method of a prototype until `restore`, for each object by a function that is bound to it.
 * Read through the prototype alone, as others do who put something around it, it is an ordinary method.
 */
export function replaceFor<K extends string>(
  prototype: Record<K, Method>,
  name: K,
  make: (original: Method) => Replacement,
): void {
  const original = prototype[name];
  const { run, seen, isFor } = make(original);
  const own = Symbol(`routemeter.${name}`);
  type Self = { [own]?: { readonly self: object; readonly method: Method } };
  const methodOf = (self: Self): Method => {
    if (self === prototype) return seen;
    const method = isFor === undefined || isFor(self as never) ? run.bind(undefined, self) : original;
    Object.defineProperty(self, own, { value: { self, method } });
    return method;
  };
  replaceRead(prototype, name, (self: Self) => {
    const known = self[own];
    // What inherits from an object of the prototype has its own. Asking who owns it costs more than the rest.
    return known !== undefined && known.self === self ? known.method : methodOf(self);
  });
  keepName(prototype, name, original);
}

/** Calls `note` with each object whose method `name` is about to be called. Until `restore`. */
export function noteReads(prototype: object, name: string, note: (self: object) => void): void {
  const original = (prototype as Record<string, Method>)[name]!;
  replaceRead(prototype, name, (self: object) => {
    note(self);
    return original;
  });
  keepName(prototype, name, original);
}

function replaceRead(prototype: object, name: string, read: (self: never) => Method): void {
  const former = Object.getOwnPropertyDescriptor(prototype, name)!;
  const get = function (this: object): Method {
    return read(this as never);
  };
  Object.defineProperty(prototype, name, {
    configurable: true,
    enumerable: former.enumerable ?? true,
    get,
    set(value: Method) {
      Object.defineProperty(this, name, { value, writable: true, enumerable: true, configurable: true });
    },
  });
  undo.push({
    isOurs: () => Object.getOwnPropertyDescriptor(prototype, name)?.get === get,
    take: () => Object.defineProperty(prototype, name, former),
  });
}

/** On what stands behind a prototype: it holds the methods that were replaced. */
const NAMES = Symbol('routemeter.names');

/**
 * V8 writes `Layer.handle [as handle_request]` into a stack where it finds the function under a name other than its own
 * on the object or what it inherits from: behind the replacement it still does.
 */
function keepName(prototype: object, name: string, original: Method): void {
  const next = Object.getPrototypeOf(prototype) as { [NAMES]?: true } | null;
  const isThere = next !== null && Object.hasOwn(next, NAMES);
  const behind = isThere ? next : Object.create(next, { [NAMES]: { value: true } });
  Object.defineProperty(behind, name, {
    value: original,
    writable: true,
    enumerable: true,
    configurable: true,
  });
  if (isThere) return;
  Object.setPrototypeOf(prototype, behind);
  undo.push({ isOurs: () => true, take: () => Object.setPrototypeOf(prototype, next) });
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
