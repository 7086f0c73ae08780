import { once } from 'node:events';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, test } from 'vitest';
import { captureMeter, expectMetric } from '../../routemeter/src/testing/index.ts';
import { installedTools } from '../src/tools.ts';

const PACKAGES = {
  'drizzle-orm': '0.45.4',
  express: '5.3.0',
  knex: '3.3.0',
  mongoose: '9.12.1',
  postgres: '3.4.9',
  superagent: '10.4.2',
  supertest: '7.3.2',
};

/** A query of a library that begins when it is awaited. */
interface Case {
  /** Makes it, with methods of the library called before it is timed. */
  make(): unknown;
  /** A method of the builder, called on what came back. */
  chain?(query: never): unknown;
  /** How often a query has reached the driver or the server. */
  sent(): number;
  /** What the application gets; a class of error where the server refuses. */
  gets: unknown;
  /** A second way to begin it. */
  runs?(query: never): Promise<unknown>;
  close?(): unknown;
}

const cases: Record<string, (load: NodeJS.Require) => Promise<Case> | Case> = {
  knex(load) {
    const knex = load('knex');
    let sent = 0;
    class Client extends knex.Client {
      acquireConnection() {
        return Promise.resolve({});
      }
      releaseConnection() {
        return Promise.resolve();
      }
      async _query(_connection: unknown, query: { response: unknown }) {
        sent++;
        await sleep(2);
        query.response = [{ id: 1 }];
        return query;
      }
      processResponse({ response }: { response: unknown }) {
        return response;
      }
    }
    const db = knex.knex({ client: Client });
    return {
      make: () => db('users'),
      chain: (query: { where(key: string, value: number): unknown }) => query.where('id', 1),
      sent: () => sent,
      gets: [{ id: 1 }],
      close: () => db.destroy(),
    };
  },
  async drizzle(load) {
    const { drizzle } = load('drizzle-orm/sqlite-proxy');
    const { integer, sqliteTable } = load('drizzle-orm/sqlite-core');
    let sent = 0;
    const users = sqliteTable('users', { id: integer('id') });
    const db = drizzle(async () => {
      sent++;
      await sleep(2);
      return { rows: [[1]] };
    });
    return {
      make: () => db.select().from(users),
      chain: (query: { limit(count: number): unknown }) => query.limit(1),
      sent: () => sent,
      gets: [{ id: 1 }],
      runs: (query: { execute(): Promise<unknown> }) => query.execute(),
    };
  },
  mongoose(load) {
    const mongoose = load('mongoose');
    let sent = 0;
    const User = mongoose.model('User', new mongoose.Schema({ _id: Number }));
    User.collection.findOne = async () => {
      sent++;
      await sleep(2);
      return { _id: 1 };
    };
    return {
      make: () => User.findOne({ _id: 1 }).lean(),
      chain: (query: { select(fields: string): unknown }) => query.select('_id'),
      sent: () => sent,
      gets: { _id: 1 },
      runs: (query: { exec(): Promise<unknown> }) => query.exec(),
    };
  },
  async postgres(load) {
    // It refuses to log in, which is as far as a query can be seen without a database.
    let sent = 0;
    const fields = 'SFATAL\0C28000\0Mno\0\0';
    const refusal = Buffer.concat([
      Buffer.from('E\0\0\0'),
      Buffer.from([fields.length + 4]),
      Buffer.from(fields),
    ]);
    const server = createTcpServer((socket) => {
      socket.once('data', () => {
        sent++;
        socket.end(refusal);
      });
      socket.on('error', () => {});
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const sql = load('postgres')({ host: '127.0.0.1', port, max: 1, connect_timeout: 5 });
    return {
      make: () => sql`select 1`,
      chain: (query: { raw(): unknown }) => query.raw(),
      sent: () => sent,
      gets: Error,
      async close() {
        server.close();
        await sql.end({ timeout: 0 });
      },
    };
  },
  supertest: (load) => client(load, (address) => load('supertest')(address).get('/')),
  superagent: (load) => client(load, (address) => load('superagent').get(address)),
};

async function client(_load: NodeJS.Require, make: (address: string) => unknown): Promise<Case> {
  let sent = 0;
  const server = createServer((_request, response) => {
    sent++;
    setTimeout(() => response.end('answer'), 2);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    make: () => make(`http://127.0.0.1:${port}`),
    chain: (query: { set(name: string, value: string): unknown }) => query.set('x-chained', '1'),
    sent: () => sent,
    gets: { status: 200 },
    close: () => server.close(),
  };
}

/** What the application gets: a value, or the class of what was thrown. */
async function outcome(query: unknown): Promise<unknown> {
  try {
    return await query;
  } catch {
    return Error;
  }
}

describe('queries of libraries that begin when they are awaited', () => {
  let load: NodeJS.Require;
  beforeAll(async () => {
    load = createRequire(join(await installedTools('thenables', PACKAGES), 'index.js'));
  });

  test.each(Object.keys(cases))('%s', async (name) => {
    const one = await cases[name]!(load);
    const { meter, metrics } = captureMeter();
    try {
      const made = one.make();
      const given = meter.timed('q', () => made)();
      expect(given === made, 'the same object').toBe(true);
      const query = one.chain!(given as never);
      await sleep(10);
      expect(one.sent(), 'before the await').toBe(0);
      const got = await outcome(query);
      if (one.gets === Error) expect(got).toBe(Error);
      else expect(got).toMatchObject(one.gets as object);
      expect(one.sent(), 'in all').toBe(1);
      expectMetric(await metrics(), 'q').times(1);
      if (one.runs === undefined) return;
      const run = await one.runs(meter.time('run', () => one.make()) as never);
      expect(run).toMatchObject(one.gets as object);
      expect(one.sent()).toBe(2);
      expectMetric(await metrics(), 'run').times(1);
    } finally {
      await one.close?.();
    }
  });
});
