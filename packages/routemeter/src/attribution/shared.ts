const KEY = Symbol.for('routemeter.v1');

type Slots = Record<string, unknown>;

/**
 * One value per process, whatever the number of copies of this library that are loaded (ESM and
 * CommonJS, preload and explicit, two versions): the first copy that asks makes it, all others
 * use it. What is shared must therefore keep its shape within a major version.
 */
export function shared<T>(slot: string, make: () => T): T {
  const root = globalThis as { [KEY]?: Slots };
  root[KEY] ??= Object.create(null) as Slots;
  const slots = root[KEY];
  if (!(slot in slots)) slots[slot] = make();
  return slots[slot] as T;
}

/** Whether some copy has made the value. */
export function isShared(slot: string): boolean {
  return slot in ((globalThis as { [KEY]?: Slots })[KEY] ?? {});
}
