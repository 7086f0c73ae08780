import * as ioredis5 from 'ioredis5';
import * as ioredis6 from 'ioredis6';
import * as redis5 from 'redis5';
import * as redis6 from 'redis6';
import { afterAll, describe, expect, test } from 'vitest';
import { debianPrograms } from '../../../../testkit/src/servers/debian.ts';
import { REDIS_PROGRAMS, startRedis } from '../../../../testkit/src/servers/redis.ts';
import { type Operations, sourceContract } from '../contract.ts';
import { type CallRow, openStage } from '../stage.ts';

const missing = await debianPrograms(REDIS_PROGRAMS);
const server = missing === null ? await startRedis() : null;
afterAll(() => server?.stop());

const port = server?.port ?? 0;
const url = `redis://127.0.0.1:${port}`;
const names = { quick: 'redis GET', slow: 'redis DEBUG', failing: 'redis INCR' };
const SCRIPT = 'return redis.call("get", KEYS[1])';

const counts = (rows: readonly CallRow[]) => Object.fromEntries(rows.map(({ name, count }) => [name, count]));

async function staged(use: () => unknown): Promise<CallRow[]> {
  const stage = await openStage({ '/ask': use });
  try {
    await stage.get('/ask');
    return await stage.rows();
  } finally {
    await stage.stop();
  }
}

describe.skipIf(missing !== null).each([
  ['ioredis 5', ioredis5 as unknown as typeof ioredis6],
  ['ioredis 6', ioredis6],
])(`%s${missing === null ? '' : ` (${missing})`}`, (title, ioredis) => {
  const { Redis } = ioredis;
  for (const enableAutoPipelining of [false, true]) {
    sourceContract({
      title: `${title}${enableAutoPipelining ? ', pipelining automatically' : ''}`,
      modules: [ioredis],
      names,
      error: title === 'ioredis 5' ? 'ReplyError' : 'SimpleError',
      connections: [1],
      open: async (): Promise<Operations> => {
        const client = new Redis({ host: '127.0.0.1', port, enableAutoPipelining });
        await client.set('text', 'no number');
        return {
          quick: () => client.get('text'),
          slow: (ms) => client.call('debug', 'sleep', String(ms / 1000)),
          failing: () => client.incr('text'),
          secret: async (secret) => {
            await client.set(secret, secret);
            await client.eval(`${SCRIPT} -- ${secret}`, 1, secret);
            await client.hset(`hash:${secret}`, secret, secret);
            await client.call(secret, secret).catch(() => {});
            await client.pipeline().get(secret).exec();
          },
          close: () => client.quit(),
        };
      },
    });
  }

  test('a pipeline and a transaction are one call each, and failed if one of their commands is', async () => {
    const client = new Redis({ host: '127.0.0.1', port });
    const rows = await staged(async () => {
      await client.pipeline().set('a', '1').get('a').incr('a').exec();
      await client.multi().set('b', 'text').get('b').exec();
      await client.multi().set('b', 'text').incr('b').exec();
    });
    expect(counts(rows)).toEqual({ 'redis PIPELINE': 1, 'redis MULTI': 2 });
    expect(rows.flatMap(({ errors }) => errors)).toEqual([
      title === 'ioredis 5' ? 'ReplyError' : 'SimpleError',
    ]);
    await client.quit();
  });

  test('commands given before the connection is there are once each, the handshake is none', async () => {
    let client: ioredis6.Redis | undefined;
    const rows = await staged(async () => {
      client = new Redis({ host: '127.0.0.1', port, password: undefined, db: 1 });
      await Promise.all([client.get('a'), client.get('b'), client.set('c', '1')]);
    });
    expect(counts(rows)).toEqual({ 'redis GET': 2, 'redis SET': 1 });
    await client?.quit();
  });

  test('a command that no server answers fails once', async () => {
    const client = new Redis({ host: '127.0.0.1', port: 1, maxRetriesPerRequest: 1, retryStrategy: () => 5 });
    client.on('error', () => {});
    const rows = await staged(() => client.get('a').catch(() => {}));
    expect(rows).toMatchObject([{ name: 'redis GET', count: 1, errors: ['MaxRetriesPerRequestError'] }]);
    client.disconnect();
  });

  test('callbacks and scripts of its own', async () => {
    const client = new Redis({ host: '127.0.0.1', port });
    client.defineCommand('mine', { numberOfKeys: 1, lua: SCRIPT });
    const rows = await staged(async () => {
      await new Promise((done) => client.get('a', done));
      await (client as unknown as { mine(key: string): Promise<unknown> }).mine('a');
    });
    const { 'redis GET': gets, ...scripts } = counts(rows);
    expect(gets).toBe(1);
    for (const name of Object.keys(scripts)) expect(name).toMatch(/^redis EVAL(SHA)?$/);
    await client.quit();
  });
});

describe.skipIf(missing !== null).each([
  ['redis 5', redis5 as unknown as typeof redis6],
  ['redis 6', redis6],
])(`%s${missing === null ? '' : ` (${missing})`}`, (title, redis) => {
  sourceContract({
    title,
    modules: [redis],
    names,
    error: 'SimpleError',
    connections: [1],
    open: async (): Promise<Operations> => {
      const client = redis.createClient({ url });
      await client.connect();
      await client.set('text', 'no number');
      return {
        quick: () => client.get('text'),
        slow: (ms) => client.sendCommand(['debug', 'sleep', String(ms / 1000)]),
        failing: () => client.incr('text'),
        secret: async (secret) => {
          await client.set(secret, secret);
          await client.eval(`${SCRIPT} -- ${secret}`, { keys: [secret] });
          await client.sendCommand([secret, secret]).catch(() => {});
          await client.multi().get(secret).exec();
        },
        close: () => client.close(),
      };
    },
  });

  sourceContract({
    title: `${title}, a pool`,
    modules: [redis],
    names,
    error: 'SimpleError',
    open: async (size): Promise<Operations> => {
      const pool = redis.createClientPool({ url }, { minimum: 1, maximum: size, acquireTimeout: 5000 });
      await pool.connect();
      await pool.set('text', 'no number');
      return {
        quick: () => pool.get('text'),
        slow: (ms) => pool.sendCommand(['debug', 'sleep', String(ms / 1000)]),
        failing: () => pool.incr('text'),
        secret: (secret) => pool.set(secret, secret),
        close: () => pool.close(),
      };
    },
  });

  test('a transaction and a pipeline are one call each', async () => {
    const client = redis.createClient({ url });
    await client.connect();
    const rows = await staged(async () => {
      await client.multi().set('a', '1').get('a').exec();
      await client.multi().set('a', '1').get('a').execAsPipeline();
      await client
        .multi()
        .set('b', 'text')
        .incr('b')
        .exec()
        .catch(() => {});
    });
    client.destroy();
    expect(counts(rows)).toEqual({ 'redis MULTI': 2, 'redis PIPELINE': 1 });
    expect(rows.flatMap(({ errors }) => errors)).toEqual(['SimpleError']);
  });

  test('all commands of a task on a pool are its own', async () => {
    const pool = redis.createClientPool({ url }, { minimum: 1, maximum: 1 });
    await pool.connect();
    const stage = await openStage({
      '/one': () =>
        pool.execute(async (client) => {
          await client.set('a', '1');
          await client.get('a');
          await client.get('a');
        }),
      '/two': () => pool.get('a'),
    });
    try {
      await Promise.all(Array.from({ length: 20 }, (_, at) => stage.get(at % 2 ? '/one' : '/two')));
      const rows = await stage.rows();
      expect(counts(rows.filter(({ route }) => route === '/one'))).toEqual({
        'redis SET': 10,
        'redis GET': 20,
      });
      expect(counts(rows.filter(({ route }) => route === '/two'))).toEqual({ 'redis GET': 10 });
    } finally {
      await stage.stop();
      await pool.close();
    }
  });
});
