import { AsyncLocalStorage, AsyncResource, executionAsyncId } from 'node:async_hooks';
import { EventEmitterAsyncResource, once } from 'node:events';
import http2 from 'node:http2';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Work } from '../../../src/attribution/work.ts';
import type { Case, Figures } from './case.ts';
import { units } from './promises.ts';

class Job extends AsyncResource {
  private readonly task: () => void;
  constructor(task: () => void) {
    super('Job');
    this.task = task;
  }
  run(): number {
    return this.runInAsyncScope(this.perform, this, 7);
  }
  private perform(value: number): number {
    this.task();
    return value + executionAsyncId() - this.asyncId();
  }
}

export const contexts: Case[] = [
  {
    name: 'jobs of several requests run by one of them',
    async run(rig) {
      const jobs: Job[] = [];
      let returned = 0;
      rig.handler = async (_req, res, me) => {
        me.burn(1);
        jobs.push(new Job(() => me.burn(units(me.name))));
        await rig.meet(3);
        if (me.name === 'a') {
          for (const job of jobs) {
            returned += job.run();
            me.burn(0.5);
          }
        }
        await rig.meet(3);
        me.burn(2);
        res.end();
      };
      await rig.all('a', 'b', 'c');
      return { expected: { returned: 21 }, measured: { returned } };
    },
  },
  {
    name: 'an emitter that is an async resource',
    async run(rig) {
      let emitter: EventEmitterAsyncResource | null = null;
      rig.handler = async (_req, res, me) => {
        if (me.name === 'a') {
          emitter = new EventEmitterAsyncResource({ name: 'Shared' });
          emitter.on('event', () => me.burn(4));
        }
        await rig.meet(3);
        if (me.name === 'b') {
          emitter?.emit('event');
          me.burn(1);
        }
        await rig.meet(3);
        me.burn(units(me.name));
        res.end();
      };
      await rig.all('a', 'b', 'c');
      return undefined;
    },
  },
  {
    name: "the application's own storages keep their stores",
    async run(rig) {
      const own = new AsyncLocalStorage<string>();
      const other = new AsyncLocalStorage<number>();
      let wrong = 0;
      const check = (name: string) => {
        if (own.getStore() !== name) wrong++;
      };
      rig.handler = (_req, res, me) =>
        own.run(me.name, async () => {
          me.burn(1);
          await other.run(1, async () => {
            await sleep(1);
            check(me.name);
            me.burn(units(me.name));
          });
          if (other.getStore() !== undefined) wrong++;
          await other.exit(() => sleep(1));
          check(me.name);
          me.burn(2);
          other.enterWith(5);
          await sleep(1);
          check(me.name);
          if (other.getStore() !== 5) wrong++;
          me.burn(1);
          res.end();
        });
      await rig.all('a', 'b', 'c');
      return { expected: { wrong: 0 }, measured: { wrong } };
    },
  },
  {
    name: 'bound functions keep this, arguments, result and errors',
    async run(rig) {
      const heard: Figures = {};
      rig.handler = (_req, res, me) => {
        const bound = AsyncLocalStorage.bind(function (this: { by: number }, by: number) {
          me.burn(units(me.name));
          if (by === 0) throw new Error('thrown on purpose');
          return this.by * by;
        });
        heard[`${me.name} result`] = bound.call({ by: 6 }, 7);
        try {
          bound.call({ by: 6 }, 0);
        } catch {
          heard[`${me.name} thrown`] = 1;
        }
        const snapshot = AsyncLocalStorage.snapshot();
        heard[`${me.name} snapshot`] = snapshot((x: number, y: number) => x + y, 1, 2);
        try {
          AsyncLocalStorage.bind(1 as unknown as () => void);
        } catch (error) {
          heard[`${me.name} refused`] = Number((error as { code: string }).code === 'ERR_INVALID_ARG_TYPE');
        }
        setTimeout(() => {
          me.burn(1);
          res.end();
        }, 2);
      };
      await rig.all('a', 'b');
      const each = (name: string) => ({
        [`${name} result`]: 42,
        [`${name} thrown`]: 1,
        [`${name} snapshot`]: 3,
        [`${name} refused`]: 1,
      });
      return { expected: { ...each('a'), ...each('b') }, measured: heard };
    },
  },
  {
    name: 'bodies over HTTP/2',
    async run(rig) {
      const { engine } = rig;
      const server = http2.createServer();
      const figures: Figures = {};
      let bytesInContext = 0;
      server.on('request', (req, res) => {
        const work = new Work('request', null);
        const name = req.url.slice(1);
        engine.open(work, true);
        engine.adopt(work, req as never, res as never);
        engine.run(
          work,
          () => {
            req.on('data', (chunk: Buffer) => {
              if (engine.current() === work) bytesInContext += chunk.length;
              // By the byte: on a busy machine both parts arrive as one.
              rig.burn(OTHER, (units(name) * chunk.length) / PART);
            });
            req.on('end', () => {
              rig.burn(OTHER, 1);
              res.end();
            });
          },
          undefined,
          undefined,
          undefined,
          undefined,
        );
        engine.hold(work);
        res.on('close', () => {
          engine.close(work);
          figures[`${name} h2`] = work.cpu;
        });
      });
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      const client = http2.connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
      const post = async (name: string) => {
        const stream = client.request({ ':method': 'POST', ':path': `/${name}` });
        stream.resume();
        stream.write('one');
        await sleep(5);
        stream.end('two');
        await once(stream, 'close');
      };
      await Promise.all([post('a'), post('b'), post('c')]);
      await sleep(5);
      client.close();
      server.close();
      rig.truth.delete(OTHER);
      return {
        expected: {
          ...Object.fromEntries(['a', 'b', 'c'].map((n) => [`${n} h2`, 2 * units(n) + 1])),
          bytesInContext: 6 * PART,
        },
        measured: { ...figures, bytesInContext },
      };
    },
  },
];

const OTHER = 'http2';
/** Bytes in each of the two parts of a body. */
const PART = 3;
