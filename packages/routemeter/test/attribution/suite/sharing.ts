import { AsyncLocalStorage, AsyncResource } from 'node:async_hooks';
import { EventEmitter } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Case, Figures } from './case.ts';
import type { Rig } from './rig.ts';

type Listener = () => void;

/** `a` listens to an emitter that `b` fires while both are in flight; `c` works beside them. */
async function listenAndFire(rig: Rig, bind: (listener: Listener) => Listener): Promise<undefined> {
  const emitter = new EventEmitter();
  rig.handler = async (_req, res, me) => {
    me.burn(1);
    if (me.name === 'a') {
      emitter.once(
        'event',
        bind(() => me.burn(4)),
      );
      await sleep(15);
    } else {
      await sleep(5);
      me.burn(2);
      if (me.name === 'b') {
        emitter.emit('event');
        me.burn(3);
      }
    }
    res.end();
  };
  await rig.all('a', 'b', 'c');
  return undefined;
}

/** One connection for all; who must wait leaves a callback that the one before it runs. */
class Pool {
  private busy = false;
  private readonly waiting: Listener[] = [];

  get queue(): number {
    return this.waiting.length;
  }

  acquire(ready: Listener): void {
    if (this.busy) {
      this.waiting.push(ready);
    } else {
      this.busy = true;
      ready();
    }
  }

  release(): void {
    const next = this.waiting.shift();
    if (next === undefined) this.busy = false;
    else next();
  }
}

const QUERY_MS: Figures = { a: 2, b: 3, c: 5 };
const RELEASE_MS = 1;

async function usePool(rig: Rig, bind: (ready: Listener) => Listener): Promise<undefined> {
  const pool = new Pool();
  rig.handler = (_req, res, me) => {
    pool.acquire(
      bind(() => {
        me.burn(QUERY_MS[me.name] as number);
        const finish = () => {
          // The first one works until both others wait for it.
          if (me.name === 'a' && pool.queue < 2) {
            setTimeout(finish, 1);
            return;
          }
          me.burn(RELEASE_MS);
          res.end();
          pool.release();
        };
        setTimeout(finish, 1);
      }),
    );
  };
  const first = rig.get('a');
  while (!rig.seen.has('a')) await sleep(0);
  const second = rig.get('b');
  while (!rig.seen.has('b')) await sleep(0);
  await Promise.all([first, second, rig.get('c')]);
  await rig.settled('a', 'b', 'c');
  return undefined;
}

export const sharing: Case[] = [
  {
    name: 'shared-emitter-listener-of-a-run-by-b (documented, wrong)',
    documented: 'the listener of a is charged to b, who fires it',
    run: (rig) => listenAndFire(rig, (listener) => listener),
    wrong: (truth) => ({ ...truth, a: (truth.a as number) - 4, b: (truth.b as number) + 4 }),
  },
  {
    name: 'shared-emitter-with-asyncresource-bind',
    run: (rig) => listenAndFire(rig, (listener) => AsyncResource.bind(listener)),
  },
  {
    name: 'shared-emitter-with-asynclocalstorage-bind',
    run: (rig) => listenAndFire(rig, (listener) => AsyncLocalStorage.bind(listener)),
  },
  {
    name: 'shared emitter with a snapshot',
    run: (rig) =>
      listenAndFire(rig, (listener) => {
        const inside = AsyncLocalStorage.snapshot();
        return () => inside(listener);
      }),
  },
  {
    name: 'pool-with-unbound-callback-waiters (documented, wrong)',
    documented: 'a callback that waits unbound, and all that it starts, is charged to the one who releases',
    run: (rig) => usePool(rig, (ready) => ready),
    // b's query runs in a's context, c's in the one that it inherits from there.
    wrong: (truth) => ({
      ...truth,
      a: (truth.a as number) + (truth.b as number) + (truth.c as number),
      b: 0,
      c: 0,
    }),
  },
  { name: 'pool-with-bound-waiters', run: (rig) => usePool(rig, (ready) => AsyncResource.bind(ready)) },
  {
    name: 'pool-with-promise-waiters',
    async run(rig) {
      const pool = new Pool();
      rig.handler = async (_req, res, me) => {
        await new Promise<void>((ready) => pool.acquire(ready));
        me.burn(QUERY_MS[me.name] as number);
        await sleep(4);
        me.burn(RELEASE_MS);
        pool.release();
        me.burn(RELEASE_MS);
        res.end();
      };
      await rig.all('a', 'b', 'c');
      return undefined;
    },
  },
  {
    name: 'dataloader-style-batch',
    async run(rig) {
      let batch: { owner: string; resolve: (value: string) => void }[] = [];
      const load = (owner: string) =>
        new Promise<string>((resolve) => {
          batch.push({ owner, resolve });
          if (batch.length > 1) return;
          setTimeout(async () => {
            const mine = batch;
            batch = [];
            // The first to ask pays for the batch itself.
            rig.burn(owner, 3);
            await sleep(2);
            rig.burn(owner, 2);
            for (const { resolve } of mine) resolve(owner);
          }, 5);
        });
      rig.handler = async (_req, res, me) => {
        me.burn(1);
        await load(me.name);
        me.burn(QUERY_MS[me.name] as number);
        res.end();
      };
      await rig.all('a', 'b', 'c');
      return undefined;
    },
  },
];
