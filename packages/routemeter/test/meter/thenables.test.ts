// biome-ignore-all lint/suspicious/noThenProperty: what is tested here
import { AsyncLocalStorage } from 'node:async_hooks';
import { once } from 'node:events';
import { createServer, get } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { httpMeter } from '../../src/frameworks/http.ts';
import { captureMeter, expectMetric } from '../../src/testing/index.ts';
import { PENDING_BLOCKS } from '../../src/unit/index.ts';

type Then = (done?: (value: unknown) => unknown, failed?: (error: unknown) => unknown) => unknown;

/** Counts how often it was sent. */
class OnPrototype {
  sent = 0;
  where(): this {
    return this;
  }
  then(done?: (value: unknown) => unknown, failed?: (error: unknown) => unknown): unknown {
    this.sent++;
    return sleep(2)
      .then(() => 'rows')
      .then(done, failed);
  }
}

class Failing extends OnPrototype {
  override then(done?: (value: unknown) => unknown, failed?: (error: unknown) => unknown): unknown {
    this.sent++;
    return sleep(2)
      .then(() => {
        throw new RangeError('no table');
      })
      .then(done, failed);
  }
}

/** As the queries of postgres.js: a promise that begins by its `then`. */
class LazyPromise extends Promise<unknown> {
  static override get [Symbol.species](): PromiseConstructor {
    return Promise;
  }
  sent = 0;
  private settle!: (value: unknown) => void;
  constructor() {
    let settle!: (value: unknown) => void;
    super((resolve) => {
      settle = resolve;
    });
    this.settle = settle;
  }
  where(): this {
    return this;
  }
  // biome-ignore lint/suspicious/noExplicitAny: the signature of the language
  override then(...handlers: any[]): any {
    if (this.sent++ === 0) void sleep(2).then(() => this.settle('rows'));
    return super.then(...handlers);
  }
}

interface Lazy {
  readonly sent: number;
  where(): unknown;
}

/** Each makes a query that nothing has begun, and tells how often it was. */
const SHAPES: Record<string, () => Lazy> = {
  'a method of its class': () => new OnPrototype(),
  'a method of its own': () => {
    const inner = new OnPrototype();
    return {
      get sent() {
        return inner.sent;
      },
      where() {
        return this;
      },
      then: (...handlers: Parameters<Then>) => inner.then(...handlers),
    } as Lazy;
  },
  'a getter': () => {
    const inner = new OnPrototype();
    class Shape {
      get sent() {
        return inner.sent;
      }
      where() {
        return this;
      }
      get then() {
        return inner.then.bind(inner);
      }
    }
    return new Shape();
  },
  'a function': () => {
    const inner = new OnPrototype();
    const call = Object.assign(() => 'called', {
      where: () => call,
      then: inner.then.bind(inner) as Then,
    });
    return Object.defineProperty(call, 'sent', { get: () => inner.sent }) as unknown as Lazy;
  },
  'an object without a prototype': () => {
    const inner = new OnPrototype();
    const bare = Object.assign(Object.create(null), { where: () => bare, then: inner.then.bind(inner) });
    return Object.defineProperty(bare, 'sent', { get: () => inner.sent });
  },
  'a proxy': () => new Proxy(new OnPrototype(), {}),
  'a proxy that binds methods': () =>
    new Proxy(new OnPrototype(), {
      get(target, key) {
        const value: unknown = Reflect.get(target, key);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    }),
  'a sealed object': () => {
    const inner = new OnPrototype();
    const made = { where: () => made, then: inner.then.bind(inner) as Then };
    Object.defineProperty(made, 'sent', { get: () => inner.sent });
    return Object.seal(made) as unknown as Lazy;
  },
  'a promise that begins when it is awaited': () => new LazyPromise(),
};

/** The samples of a metric, which must be one. */
function oneOf(found: Awaited<ReturnType<ReturnType<typeof captureMeter>['metrics']>>, name: string) {
  expectMetric(found, name).times(1);
  return expectMetric(found, name).samples();
}

describe('a query that begins when it is awaited', () => {
  for (const [shape, make] of Object.entries(SHAPES)) {
    for (const how of ['time', 'timed'] as const) {
      it(`${how}, ${shape}: comes back as it is, begins with the await, once, and is one block`, async () => {
        const { meter, metrics } = captureMeter();
        const lazy = make();
        const given = how === 'time' ? meter.time('q', () => lazy) : meter.timed('q', () => lazy)();
        expect(given === lazy).toBe(true);
        expect(typeof given.where).toBe('function');
        await sleep(5);
        expect(lazy.sent).toBe(0);
        expect(await (given as unknown as PromiseLike<unknown>)).toBe('rows');
        expect(lazy.sent).toBe(1);
        const found = oneOf(await metrics(), 'q');
        expect(found[0]?.value).toBeGreaterThanOrEqual(5);
      });
    }
  }

  it('is sent as often as the application asks, and its first end is the end of the block', async () => {
    const { meter, metrics } = captureMeter();
    const lazy = meter.time('q', () => new OnPrototype());
    expect([await lazy, await lazy]).toEqual(['rows', 'rows']);
    expect(lazy.sent).toBe(2);
    expectMetric(await metrics(), 'q').times(1);
  });

  it('hands errors on as they are and tags the block', async () => {
    const { meter, metrics } = captureMeter();
    await expect(meter.time('q', () => new Failing())).rejects.toThrow('no table');
    const caught = await new Promise((resolve) =>
      meter.time('q', () => new Failing()).then(undefined, resolve),
    );
    expect(caught).toBeInstanceOf(RangeError);
    const thrower = {
      then: (): never => {
        throw new SyntaxError('at once');
      },
    };
    expect(() => (meter.time('at-once', () => thrower) as { then: () => void }).then()).toThrow('at once');
    const found = await metrics();
    expectMetric(found, 'q').withTags({ error: 'RangeError' }).times(2);
    expectMetric(found, 'at-once').withTags({ error: 'SyntaxError' }).times(1);
  });

  it('stays as it looks: no further keys, no copies that are followed too', async () => {
    const { meter, metrics } = captureMeter();
    const lazy = meter.time('q', () => new OnPrototype());
    expect(Object.keys(lazy)).toEqual(['sent']);
    expect({ ...lazy }).toEqual({ sent: 0 });
    const heir = Object.create(lazy) as OnPrototype;
    await heir;
    expectMetric(await metrics(), 'q').times(0);
    await lazy;
    expectMetric(await metrics(), 'q').times(1);
  });

  it('calls no getter before the application does', async () => {
    const { meter } = captureMeter();
    let read = 0;
    class Shy {
      get then(): Then {
        read++;
        return (done) => done?.('rows');
      }
    }
    const lazy = meter.time('q', () => new Shy());
    expect(read).toBe(0);
    expect(await (lazy as unknown)).toBe('rows');
    expect(read).toBe(1);
  });

  it('what cannot be followed comes back as it is, and its block ends with the call', async () => {
    const { meter, metrics } = captureMeter();
    const inner = new OnPrototype();
    const frozen = Object.freeze({ then: inner.then.bind(inner) as Then });
    const refusing = new Proxy(
      { then: inner.then.bind(inner) as Then },
      {
        defineProperty() {
          throw new Error('mine');
        },
      },
    );
    expect(meter.time('frozen', () => frozen)).toBe(frozen);
    expect(meter.time('refusing', () => refusing) === refusing).toBe(true);
    const found = await metrics();
    expectMetric(found, 'frozen').times(1);
    expectMetric(found, 'refusing').times(1);
    expect([await frozen, await refusing, inner.sent]).toEqual(['rows', 'rows', 2]);
  });

  it('is no query where looking at `then` throws, or it is no function', async () => {
    const { meter, metrics } = captureMeter();
    const hostile = new Proxy(
      {},
      {
        has() {
          throw new Error('mine');
        },
      },
    );
    expect(meter.time('q', () => hostile) === hostile).toBe(true);
    expect(meter.time('q', () => ({ then: 1 }))).toEqual({ then: 1 });
    expectMetric(await metrics(), 'q').times(2);
  });

  it('begins by exec() too, as with mongoose', async () => {
    const { meter, metrics } = captureMeter();
    class Document {
      sent = 0;
      async exec(): Promise<string> {
        this.sent++;
        await sleep(2);
        return 'document';
      }
      then(...handlers: Parameters<Then>): unknown {
        return this.exec().then(...handlers);
      }
    }
    const executed = meter.time('q', () => new Document());
    expect(await executed.exec()).toBe('document');
    const awaited = meter.time('q', () => new Document());
    expect(await awaited).toBe('document');
    expect([executed.sent, awaited.sent]).toEqual([1, 1]);
    expectMetric(await metrics(), 'q').times(2);
  });

  it('promises of the language keep their way, those of other realms too', async () => {
    const { meter, metrics } = captureMeter();
    expect(await meter.time('q', () => Promise.resolve(1))).toBe(1);
    expect(await meter.time('q', () => runInNewContext('Promise.resolve(2)') as Promise<number>)).toBe(2);
    void meter.time('q', async () => {
      await sleep(1);
    });
    await sleep(5);
    expectMetric(await metrics(), 'q').times(3);
  });

  it("leaves the application's own contexts as they are", async () => {
    const { meter } = captureMeter();
    const own = new AsyncLocalStorage<string>();
    const lazy = own.run('made', () => meter.time('q', () => new OnPrototype()));
    const seen = await own.run(
      'awaited',
      () => new Promise((resolve) => lazy.then(() => resolve(own.getStore()))),
    );
    expect(seen).toBe('awaited');
  });
});

describe('in a request', () => {
  async function answered(
    handler: (meter: ReturnType<typeof captureMeter>['meter']) => unknown,
    options = {},
  ) {
    const captured = captureMeter(options);
    const server = httpMeter(
      createServer(async (_req, res) => {
        await handler(captured.meter);
        res.end();
      }),
      { meter: captured.meter, route: () => '/r' },
    );
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const request = get({ port: (server.address() as AddressInfo).port, agent: false });
    const [response] = await once(request, 'response');
    response.resume();
    const isCounted = async () =>
      (await captured.metrics()).some(({ name }) => name === 'http.server.request');
    await expect.poll(isCounted).toBe(true);
    server.close();
    return captured.metrics();
  }

  it('what the query runs belongs to its block, what the application does with its rows does not', async () => {
    // Rounds and not milliseconds: a busy machine takes the processor away meanwhile.
    const spin = (rounds: number) => {
      let sum = 0;
      for (let i = 0; i < rounds * 1_000_000; i++) sum += Math.sqrt(i);
      return sum;
    };
    const found = await answered(async (meter) => {
      const lazy = meter.time('q', () => ({
        then(done: (rows: string) => unknown) {
          spin(6);
          meter.time('inside', () => spin(1));
          setTimeout(() => {
            spin(6);
            done('rows');
          }, 1);
        },
      }));
      await sleep(1);
      await new Promise<void>((resolve) => {
        lazy.then(() => {
          spin(30);
          resolve();
        });
      });
    });
    const cpu = oneOf(found, 'q.cpu')[0]!.value as number;
    const request = expectMetric(found, 'http.server.request.cpu').samples()[0]!.value as number;
    expect(cpu / request).toBeGreaterThan(0.1);
    expect(cpu / request).toBeLessThan(0.6);
    expectMetric(found, 'q').withTags({ http_route: '/r' }).times(1);
  });

  it('one that is never awaited ends with its request', async () => {
    const inner = new OnPrototype();
    const found = await answered(async (meter) => {
      meter.time('never', () => inner);
      meter.time('frozen', () => Object.freeze({ then: () => {} }));
      await sleep(5);
    });
    for (const name of ['never', 'frozen']) {
      const [sample] = oneOf(found, name);
      expect(sample?.value).toBeGreaterThanOrEqual(4);
    }
    expect(inner.sent).toBe(0);
  });

  it('of very many that wait the oldest end', async () => {
    const found = await answered((meter) => {
      for (let i = 0; i < PENDING_BLOCKS + 20; i++) meter.time('never', () => new OnPrototype());
    });
    expectMetric(found, 'never').times(PENDING_BLOCKS + 20);
  });

  it('those of an ignored route are not recorded', async () => {
    const captured = captureMeter({ ignore: ['/r'] });
    const server = httpMeter(
      createServer((_req, res) => {
        captured.meter.time('never', () => new OnPrototype());
        res.end();
      }),
      { meter: captured.meter, route: () => '/r' },
    );
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const request = get({ port: (server.address() as AddressInfo).port, agent: false });
    const [response] = await once(request, 'response');
    await once(response.resume(), 'close');
    server.close();
    await once(server, 'close');
    const names = (await captured.metrics()).map(({ name }) => name);
    expect(names.filter((name) => name !== 'http.server.cpu_after')).toEqual([]);
  });
});
