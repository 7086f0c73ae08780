import { EventEmitter, once } from 'node:events';
import http from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Case } from './case.ts';
import { units } from './promises.ts';
import type { Rig } from './rig.ts';

/** Runs `drive` while uncaught errors are answered by `rescue` in place of ending the process. */
async function rescued(rescue: (error: unknown) => void, drive: () => Promise<void>): Promise<undefined> {
  process.on('uncaughtException', rescue);
  try {
    await drive();
  } finally {
    process.off('uncaughtException', rescue);
  }
  return undefined;
}

const late = (rig: Rig, name: string) => rig.seen.get(name)?.late ?? Number.NaN;

export const endings: Case[] = [
  {
    name: 'sync-throw-in-handler',
    run(rig) {
      rig.handler = (_req, res, me) => {
        me.burn(units(me.name));
        setTimeout(() => {
          me.burn(1);
          res.end();
        }, 4);
        if (me.name === 'b') throw new Error('thrown on purpose');
      };
      return rescued(
        () => {},
        () => rig.all('a', 'b', 'c'),
      );
    },
  },
  {
    name: 'async-rejection',
    async run(rig) {
      rig.handler = async (_req, res, me) => {
        me.burn(1);
        await sleep(2);
        me.burn(units(me.name));
        if (me.name === 'b') throw new Error('rejected on purpose');
        res.end();
      };
      await rig.all('a', 'b', 'c');
      return undefined;
    },
  },
  {
    name: 'uncaught-exception-in-timer-then-more-requests',
    run(rig) {
      rig.handler = async (_req, res, me) => {
        me.burn(1);
        if (me.name === 'a') {
          setTimeout(() => {
            me.burn(2);
            setImmediate(() => res.end());
            throw new Error('thrown on purpose');
          }, 2);
          return;
        }
        await sleep(1);
        me.burn(units(me.name));
        await sleep(4);
        me.burn(1);
        res.end();
      };
      return rescued(
        () => {},
        async () => {
          await rig.all('a', 'b');
          await rig.all('c', 'd');
        },
      );
    },
  },
  {
    name: 'client-abort-then-work',
    async run(rig) {
      rig.handler = async (_req, res, me) => {
        me.burn(2);
        if (me.name === 'a') await once(res, 'close');
        else await sleep(10);
        me.burn(units(me.name));
        await sleep(2);
        me.burn(1);
        res.end();
      };
      const req = http.get({ host: '127.0.0.1', port: rig.port, path: '/a', agent: false });
      req.on('error', () => {});
      while (!rig.seen.has('a')) await sleep(0);
      const others = rig.all('b', 'c');
      req.destroy();
      await rig.settled('a');
      await others;
      return {
        expected: { 'a late': units('a') + 1, 'a finished': 0 },
        measured: { 'a late': late(rig, 'a'), 'a finished': Number(rig.seen.get('a')?.finished) },
      };
    },
  },
  {
    name: 'destroy-close-without-finish',
    async run(rig) {
      rig.handler = (_req, res, me) => {
        me.burn(units(me.name));
        setTimeout(() => {
          me.burn(1);
          if (me.name === 'a') {
            res.destroy();
            setTimeout(() => me.burn(3), 2);
          } else {
            res.end();
          }
        }, 3);
      };
      await Promise.all([rig.get('a').catch(() => {}), rig.get('b'), rig.get('c')]);
      await rig.settled('a', 'b', 'c');
      await sleep(5);
      return { expected: { 'a late': 3 }, measured: { 'a late': late(rig, 'a') } };
    },
  },
  {
    name: 'capture-rejections',
    async run(rig) {
      rig.handler = (_req, res, me) => {
        const emitter = new EventEmitter({ captureRejections: true });
        emitter.on('event', async () => {
          await sleep(1);
          me.burn(units(me.name));
          throw new Error('rejected on purpose');
        });
        emitter.on('error', () => {
          me.burn(2);
          res.end();
        });
        emitter.emit('event');
      };
      await rig.all('a', 'b', 'c');
      return undefined;
    },
  },
  {
    name: 'fire-and-forget-after-response',
    async run(rig) {
      rig.handler = async (_req, res, me) => {
        me.burn(1);
        await sleep(1);
        res.end();
        me.burn(2);
        await once(res, 'close');
        await sleep(1);
        me.burn(units(me.name));
        setImmediate(() => me.burn(3));
      };
      await rig.all('a', 'b', 'c');
      await sleep(5);
      const names = ['a', 'b', 'c'];
      return {
        expected: Object.fromEntries(names.map((name) => [`${name} late`, units(name) + 3])),
        measured: Object.fromEntries(names.map((name) => [`${name} late`, late(rig, name)])),
      };
    },
  },
];
