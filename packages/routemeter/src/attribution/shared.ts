import { AsyncLocalStorage } from 'node:async_hooks';

const KEY: unique symbol = Symbol.for('routemeter.v1') as never;

type Slots = Record<string, unknown>;
type Holder = { [KEY]?: Slots };

/**
 * Whether this code runs in a realm of its own, as Jest and Vitest's `vmThreads` give each test file one:
 * other globals, but the same modules of Node, whose functions are of the realm that Node started in.
 */
export const isGuest = !(AsyncLocalStorage instanceof Function);

/** Where every realm finds what belongs to the process: a class of Node's that all of them share. */
const common = AsyncLocalStorage as Holder;
const realm = globalThis as Holder;

function slotsOfProcess(): Slots {
  if (common[KEY] === undefined) {
    // The one place that was known before realms were thought of comes first.
    const made = (isGuest ? undefined : realm[KEY]) ?? (Object.create(null) as Slots);
    Object.defineProperty(common, KEY, { value: made });
  }
  return common[KEY]!;
}

function slotsOfRealm(): Slots {
  if (!Object.hasOwn(realm, KEY)) {
    const all = slotsOfProcess();
    const value = isGuest ? (Object.create(all) as Slots) : all;
    Object.defineProperty(realm, KEY, { value, configurable: true, writable: true });
  }
  return realm[KEY]!;
}

/**
 * One value per process, whatever the number of copies of this library that are loaded (ESM and
 * CommonJS, preload and explicit, two versions) and of realms that they run in: the first copy that
 * asks makes it, all others use it. What is shared must therefore keep its shape within a major
 * version, and must not keep what others hand it: a function or an object of a test file's realm
 * holds all of that file.
 */
export function shared<T>(slot: string, make: () => T): T {
  slotsOfRealm();
  return madeOnce(slotsOfProcess(), slot, make);
}

/** The same, but one value per realm: for what an application configures, and a test file for itself. */
export function sharedInRealm<T>(slot: string, make: () => T): T {
  return madeOnce(slotsOfRealm(), slot, make);
}

/** Whether some copy has made the value. */
export function isShared(slot: string): boolean {
  return slot in slotsOfProcess();
}

function madeOnce<T>(slots: Slots, slot: string, make: () => T): T {
  if (!Object.hasOwn(slots, slot)) slots[slot] = make();
  return slots[slot] as T;
}
