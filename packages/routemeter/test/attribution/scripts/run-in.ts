import { AsyncLocalStorage } from 'node:async_hooks';
import { setImmediate as turn } from 'node:timers/promises';
import { type Kept, runIn } from '../../../src/attribution/run-in.ts';

type Run = (store: string | undefined, fn: () => unknown) => unknown;

const own = new AsyncLocalStorage<string | undefined>();
const other = new AsyncLocalStorage<string>();

/** What both storages hold at each step of what an application can do. */
async function steps(run: Run): Promise<unknown[]> {
  const seen: unknown[] = [];
  const note = () => seen.push([own.getStore(), other.getStore()]);

  run('a', () => {
    note();
    run('b', note);
    note();
    run(undefined, note);
    run('a', note);
    note();
  });
  note();

  try {
    run('thrown', () => {
      note();
      throw new Error('the application');
    });
  } catch (error) {
    seen.push((error as Error).message);
  }
  note();

  const later = run('c', async () => {
    await turn();
    note();
    await run('d', turn);
    note();
  });
  note();
  await later;
  note();

  await other.run('other', async () => {
    run('e', note);
    note();
    // A context that is entered in the midst of it lasts longer.
    run('f', () => {
      other.enterWith('entered');
      note();
    });
    note();
    run('g', () => {
      own.enterWith('own');
      note();
      run('h', () => other.enterWith('deep'));
      note();
    });
    note();
    await turn();
    note();
  });
  note();
  return seen;
}

const nodes = await steps((store, fn) => own.run(store, fn));
const { enterWith, run } = AsyncLocalStorage.prototype;
const fresh = () => ({ frame: null, outer: undefined, ended: false });
const within = (store: string | undefined, kept: Kept, fn: () => unknown) =>
  runIn(own, store, kept, fn, undefined, undefined, undefined, undefined);
const ours = await steps((store, fn) => within(store, fresh(), fn));
// Each store keeps its frame, and has run once in the same context already.
const all = new Map<string | undefined, Kept>();
const again = await steps((store, fn) => {
  const kept = all.get(store) ?? fresh();
  all.set(store, kept);
  within(store, kept, () => {});
  return within(store, kept, fn);
});

const used = { run: 0, enterWith: 0 };
AsyncLocalStorage.prototype.run = function (this: never, ...args: never[]) {
  used.run++;
  return Reflect.apply(run, this, args);
} as typeof run;
AsyncLocalStorage.prototype.enterWith = function (this: never, ...args: never[]) {
  used.enterWith++;
  return Reflect.apply(enterWith, this, args);
} as typeof enterWith;
const kept = fresh();
const given = runIn(
  own,
  'store',
  kept,
  function (this: unknown, ...args: unknown[]) {
    return [this, ...args, own.getStore()];
  } as never,
  'this',
  1,
  2,
  3,
);

// A second time, out of the same context.
const once = { ...used };
within('store', kept, () => {});
const twice = { ...used };

console.log(JSON.stringify({ nodes, ours, again, used: once, twice, given }));
