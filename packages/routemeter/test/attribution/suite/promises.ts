import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { Case } from './case.ts';

/** A different amount for each request, so that no two can be mistaken for each other. */
export const units = (name: string): number => 1 + ' abcdefgh'.indexOf(name[0] as string) / 4;

export const promises: Case[] = [
  {
    name: 'promise-all-fan-out',
    async run(rig) {
      rig.handler = async (_req, res, me) => {
        const each = async (i: number) => {
          me.burn(i);
          await sleep(i);
          me.burn(units(me.name));
        };
        await Promise.all([1, 2, 3].map(each));
        me.burn(1);
        res.end();
      };
      await rig.all('a', 'b', 'c', 'd');
      return undefined;
    },
  },
  {
    name: 'timers-immediate-nexttick-microtask',
    async run(rig) {
      rig.handler = (_req, res, me) => {
        const ms = units(me.name);
        let open = 5;
        const done = () => {
          me.burn(ms);
          if (--open === 0) res.end();
        };
        setTimeout(done, 2);
        setImmediate(done);
        process.nextTick(done);
        queueMicrotask(done);
        let ticks = 0;
        const interval = setInterval(() => {
          me.burn(ms / 2);
          if (++ticks < 3) return;
          clearInterval(interval);
          done();
        }, 1);
      };
      await rig.all('a', 'b', 'c', 'd');
      return undefined;
    },
  },
  {
    name: 'thenables',
    async run(rig) {
      rig.handler = async (_req, res, me) => {
        const ms = units(me.name);
        const thenable = {
          // biome-ignore lint/suspicious/noThenProperty: a thenable is what this is about
          then(resolve: (value: number) => void) {
            me.burn(ms);
            setTimeout(() => {
              me.burn(1);
              resolve(1);
            }, 1);
          },
        };
        await thenable;
        me.burn(2);
        await Promise.resolve(thenable);
        me.burn(3);
        res.end();
      };
      await rig.all('a', 'b', 'c');
      return undefined;
    },
  },
  {
    name: 'async-generators',
    async run(rig) {
      rig.handler = async (_req, res, me) => {
        async function* steps() {
          for (let i = 1; i <= 3; i++) {
            me.burn(i);
            await sleep(1);
            yield i;
            me.burn(units(me.name));
          }
        }
        for await (const step of steps()) me.burn(step);
        res.end();
      };
      await rig.all('a', 'b', 'c');
      return undefined;
    },
  },
  {
    name: 'promise-race-and-promisify',
    async run(rig) {
      const later = promisify((ms: number, done: (error: null, value: number) => void) =>
        setTimeout(() => done(null, ms), ms),
      );
      rig.handler = async (_req, res, me) => {
        const slow = sleep(12).then(() => me.burn(0.5));
        await Promise.race([slow, later(1)]);
        me.burn(units(me.name));
        await Promise.any([Promise.reject(new Error('no')), later(2)]);
        me.burn(2);
        await Promise.allSettled([slow, later(1)]);
        me.burn(1);
        res.end();
      };
      await rig.all('a', 'b', 'c');
      return undefined;
    },
  },
  {
    name: 'two-requests-in-one-microtask-drain',
    async run(rig) {
      let resolve: () => void = () => {};
      const gate = new Promise<void>((done) => {
        resolve = done;
      });
      rig.handler = async (_req, res, me) => {
        await gate;
        me.burn(units(me.name));
        await null;
        me.burn(1);
        await null;
        me.burn(units(me.name));
        res.end();
      };
      const all = rig.all('a', 'b', 'c');
      await sleep(20);
      resolve();
      await all;
      return undefined;
    },
  },
  {
    name: 'a promise of one request awaited by the others',
    async run(rig) {
      let shared: Promise<number> | null = null;
      rig.handler = async (_req, res, me) => {
        shared ??= (async () => {
          me.burn(4);
          await sleep(10);
          me.burn(3);
          return 1;
        })();
        me.burn(units(me.name));
        await shared;
        me.burn(2);
        res.end();
      };
      await rig.all('a', 'b', 'c');
      return undefined;
    },
  },
];
