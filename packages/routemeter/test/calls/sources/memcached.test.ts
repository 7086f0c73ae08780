import { createRequire } from 'node:module';
import { afterAll, describe, expect, test } from 'vitest';
import { debianPrograms } from '../../../../testkit/src/servers/debian.ts';
import { startDelayed } from '../../../../testkit/src/servers/delayed.ts';
import { MEMCACHED_PROGRAMS, startMemcached } from '../../../../testkit/src/servers/memcached.ts';
import { upstreams } from '../../../src/calls/upstreams.ts';
import { type Operations, sourceContract } from '../contract.ts';
import { type CallRow, openStage } from '../stage.ts';

type Done = (error?: unknown, value?: unknown) => void;
/** What is used of a client of memcached.js; it has no types of its own. */
interface Client {
  get(key: string | string[], done: Done): void;
  set(key: string, value: unknown, seconds: number, done?: Done): void;
  add(key: string, value: unknown, seconds: number, done: Done): void;
  incr(key: string, by: number, done: Done): void;
  stats(done: Done): void;
  end(): void;
}
interface Memjs {
  get(key: string): Promise<{ value: Buffer | null }>;
  get(key: string, done: Done): void;
  set(key: string, value: string, options: object): Promise<boolean>;
  set(key: string, value: string, options: object, done: Done): void;
  add(key: string, value: string, options: object): Promise<boolean>;
  increment(key: string, by: number, options: object): Promise<{ value: number }>;
  delete(key: string): Promise<boolean>;
  flush(): Promise<unknown>;
  close(): void;
}

const require = createRequire(import.meta.url);
const Memcached = require('memcached') as new (servers: string | string[], options?: object) => Client;
const memjs = require('memjs') as { Client: { create(servers: string, options?: object): Memjs } };

const missing = await debianPrograms(MEMCACHED_PROGRAMS);
const server = missing === null ? await startMemcached() : null;
const second = missing === null ? await startMemcached() : null;
const slow = server === null ? [] : [await startDelayed(server.port, 5), await startDelayed(server.port, 60)];
afterAll(async () => {
  for (const one of slow) await one.stop();
  await server?.stop();
  await second?.stop();
});

const at = (port: number | undefined): string => `127.0.0.1:${port ?? 0}`;
const address = at(server?.port);
const names = { quick: 'memcached GET', slow: 'memcached GET', failing: 'memcached INCR' };
const quiet = { logger: { log() {} } };
const asked = <T>(ask: (done: Done) => void): Promise<T> =>
  new Promise((resolve, reject) =>
    ask((error, value) => (error ? reject(error as Error) : resolve(value as T))),
  );
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

describe.skipIf(missing !== null)(`memcached 2${missing === null ? '' : ` (${missing})`}`, () => {
  sourceContract({
    title: 'memcached 2',
    modules: [Memcached],
    names,
    error: 'Error',
    open: async (poolSize): Promise<Operations> => {
      const client = new Memcached(address, { poolSize });
      const slowly = slow.map(({ port }) => new Memcached(at(port)));
      await asked((done) => client.set('text', 'no number', 0, done));
      return {
        quick: () => asked((done) => client.get('text', done)),
        slow: (ms) => asked((done) => slowly[ms === 5 ? 0 : 1]!.get('text', done)),
        failing: () => asked((done) => client.incr('text', 1, done)),
        secret: async (secret) => {
          await asked((done) => client.set(secret, secret, 0, done));
          await asked((done) => client.get([secret, `${secret}2`], done));
        },
        close: async () => {
          for (const one of [client, ...slowly]) one.end();
        },
      };
    },
  });

  test('many keys are one call for each server; what was not stored is no error', async () => {
    const client = new Memcached([address, at(second?.port)]);
    const keys = Array.from({ length: 20 }, (_, index) => `key-${index}`);
    let stored: unknown;
    const stage = await openStage({
      '/ask': async () => {
        await asked((done) => client.get(keys, done));
        await asked((done) => client.set('there', '1', 0, done));
        stored = await asked((done) => client.add('there', '1', 0, done)).catch((error: unknown) => error);
        await asked((done) => client.stats(done));
      },
    });
    await stage.get('/ask');
    const calls = (await stage.metrics()).filter(({ name }) => name === 'db.client.operation');
    const peersOf = (operation: string) =>
      calls
        .filter(({ tags }) => tags.db_operation_name === operation)
        .map(({ tags }) => tags.server_address)
        .sort();
    const both = [address, at(second?.port)].sort();
    expect([peersOf('GET'), peersOf('STATS')]).toEqual([both, both]);
    expect([peersOf('SET').length, peersOf('ADD').length]).toEqual([1, 1]);
    expect(String(stored)).toContain('not stored');
    expect(calls.filter(({ tags }) => tags.error_type !== undefined)).toEqual([]);
    await stage.stop();
    client.end();
  });

  test('a server that is not there fails each command once', async () => {
    const client = new Memcached('127.0.0.1:1', { retries: 0, timeout: 500, minTimeout: 1, maxTimeout: 1 });
    const rows = await staged(() => asked((done) => client.get('a', done)).catch(() => {}));
    expect(rows).toMatchObject([{ name: 'memcached GET', count: 1, errors: [expect.any(String)] }]);
    client.end();
  });

  test('a command without a callback is not sent, and no call', async () => {
    const client = new Memcached(address);
    const rows = await staged(() => client.set('a', '1', 0));
    expect(rows).toEqual([]);
    client.end();
  });
});

describe.skipIf(missing !== null)(`memjs 1${missing === null ? '' : ` (${missing})`}`, () => {
  for (const way of ['promises', 'callbacks']) {
    sourceContract({
      title: `memjs 1, ${way}`,
      modules: [memjs],
      names,
      error: 'Error',
      connections: [1],
      open: async (): Promise<Operations> => {
        const client = memjs.Client.create(address, quiet);
        const slowly = slow.map(({ port }) => memjs.Client.create(at(port), quiet));
        await client.set('text', 'no number', {});
        const get = (one: Memjs) =>
          way === 'promises' ? one.get('text') : asked((done) => one.get('text', done));
        return {
          quick: () => get(client),
          slow: (ms) => get(slowly[ms === 5 ? 0 : 1]!),
          failing: () => client.increment('text', 1, {}),
          secret: async (secret) => {
            await client.set(secret, secret, {});
            await client.get(secret);
          },
          close: async () => {
            for (const one of [client, ...slowly]) one.close();
          },
        };
      },
    });
  }

  test('each command is one call; a key that is there or not is no error', async () => {
    const client = memjs.Client.create(`${address},${at(second?.port)}`, quiet);
    const rows = await staged(async () => {
      await client.get('nowhere');
      await client.delete('nowhere');
      await client.set('there', '1', {});
      await client.add('there', '2', {});
      await client.flush();
    });
    expect(counts(rows)).toEqual({
      'memcached GET': 1,
      'memcached DELETE': 1,
      'memcached SET': 1,
      'memcached ADD': 1,
      'memcached FLUSH': 1,
    });
    expect(rows.flatMap(({ errors }) => errors)).toEqual([]);
    client.close();
  });

  test('a command that is sent again is one call, and fails once; for nobody it is none', async () => {
    const client = memjs.Client.create('127.0.0.1:1', { ...quiet, retries: 3, retry_delay: 0.01 });
    upstreams(memjs);
    const stage = await openStage({ '/ask': () => client.get('a').catch(() => {}) });
    const outside = client.get('b').catch((error: unknown) => error);
    await stage.get('/ask');
    expect(await outside).toBeInstanceOf(Error);
    expect(await stage.rows()).toMatchObject([
      { route: '/ask', name: 'memcached GET', count: 1, errors: ['ECONNREFUSED'] },
    ]);
    await stage.stop();
    client.close();
  });
});
