import { AsyncLocalStorage } from 'node:async_hooks';
import http from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import * as amqplib from 'amqplib2/callback_api';
import mysql2 from 'mysql2-2';
import mysql3 from 'mysql2-3';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { debianPrograms } from '../../../testkit/src/servers/debian.ts';
import { MARIADB_PROGRAMS, startMariadb } from '../../../testkit/src/servers/mariadb.ts';
import { MEMCACHED_PROGRAMS, startMemcached } from '../../../testkit/src/servers/memcached.ts';
import { POSTGRESQL_PROGRAMS, startPostgresql } from '../../../testkit/src/servers/postgresql.ts';
import { RABBITMQ_PROGRAMS, startRabbitmq } from '../../../testkit/src/servers/rabbitmq.ts';
import { upstreams } from '../../src/calls/upstreams.ts';
import { openStage } from './stage.ts';

type Done = (error?: unknown) => void;
/** One call of a library, which calls back. */
type Ask = (done: Done) => void;
type Made = { ask: Ask; close(): void };

/** What is used of libraries that have no types of their own. */
interface Cache {
  get(key: string, done: Done): void;
  end(): void;
  close(): void;
}
const require = createRequire(import.meta.url);
const Memcached = require('memcached') as new (server: string) => Cache;
const memjs = require('memjs') as { Client: { create(server: string, options: object): Cache } };

const missing = await debianPrograms({
  ...MARIADB_PROGRAMS,
  ...MEMCACHED_PROGRAMS,
  ...POSTGRESQL_PROGRAMS,
  ...RABBITMQ_PROGRAMS,
});
const servers =
  missing === null
    ? await Promise.all([startMemcached(), startRabbitmq(), startPostgresql(), startMariadb()])
    : null;
const [memcached, rabbitmq, postgresql, mariadb] = servers ?? [];
const upstream = http.createServer((_request, response) => response.end());
beforeAll(() => new Promise<void>((listening) => upstream.listen(0, '127.0.0.1', listening)));
afterAll(async () => {
  upstream.closeAllConnections();
  upstream.close();
  await Promise.all((servers ?? []).map((server) => server.stop()));
});

const cache = `127.0.0.1:${memcached?.port ?? 0}`;
const opened = <T>(open: (done: (error: unknown, value: T) => void) => void): Promise<T> =>
  new Promise((resolve, reject) => open((error, value) => (error ? reject(error as Error) : resolve(value))));

function openMemcached(): Made {
  const client = new Memcached(cache);
  return { ask: (done) => client.get('key', done), close: () => client.end() };
}

function openPg(): Made {
  const pool = new pg.Pool({ host: '127.0.0.1', port: postgresql!.port, ...address(postgresql!), max: 2 });
  return { ask: (done) => pool.query('select 1', done), close: () => void pool.end() };
}

function openMysql(mysql: { createPool: unknown }): Made {
  const createPool = mysql.createPool as typeof mysql3.createPool;
  const pool = createPool({
    host: '127.0.0.1',
    port: mariadb!.port,
    ...address(mariadb!),
    connectionLimit: 2,
  });
  return { ask: (done) => pool.query('select 1', done), close: () => pool.end() };
}

const address = ({ user, database }: { user: string; database: string }) => ({ user, database });

async function openAmqplib(operation: 'publish' | 'checkQueue'): Promise<Made> {
  const connection = await opened<amqplib.Connection>((done) => amqplib.connect(rabbitmq!.url, done));
  const channel = await opened<amqplib.ConfirmChannel>((done) => connection.createConfirmChannel(done));
  await opened((done) => channel.assertQueue('callbacks', {}, done));
  const body = Buffer.from('body');
  return {
    ask: (done) =>
      operation === 'publish'
        ? void channel.sendToQueue('callbacks', body, {}, done)
        : channel.checkQueue('callbacks', done),
    close: () => connection.close(),
  };
}

const LIBRARIES: Record<string, { name: string; open(): Made | Promise<Made> }> = {
  memcached: { name: 'memcached GET', open: openMemcached },
  memjs: {
    name: 'memcached GET',
    open() {
      const client = memjs.Client.create(cache, { logger: { log() {} } });
      return { ask: (done) => client.get('key', done), close: () => client.close() };
    },
  },
  'amqplib, confirms': { name: 'rabbitmq publish callbacks', open: () => openAmqplib('publish') },
  'amqplib, questions': { name: 'rabbitmq checkQueue callbacks', open: () => openAmqplib('checkQueue') },
  'pg over a pool': { name: 'postgresql SELECT', open: openPg },
  'mysql2 2 over a pool': { name: 'mysql SELECT', open: () => openMysql(mysql2) },
  'mysql2 3 over a pool': { name: 'mysql SELECT', open: () => openMysql(mysql3) },
};

/** Inside the callback: a further call of the library, an HTTP call, and a block with an HTTP call in it. */
const ROUTES = ['/a', '/b', '/c', '/d', '/e'];
const EACH = 10;

describe.skipIf(missing !== null)(`callbacks${missing === null ? '' : ` (${missing})`}`, () => {
  test.each(Object.entries(LIBRARIES))(
    '%s: what 50 requests at once do inside callbacks is on their own routes and blocks',
    async (_title, { name, open }) => {
      upstreams(Memcached, memjs, amqplib, pg, mysql2, mysql3);
      const { port } = upstream.address() as AddressInfo;
      const get = (done: Done) =>
        http.get({ port, host: '127.0.0.1', agent: false }, (response) => response.resume().on('end', done));
      const { ask, close } = await open();
      const handler = (meter: Parameters<Parameters<typeof openStage>[0][string]>[0]) =>
        meter.time('outer', () =>
          opened<void>((done) =>
            ask((error) => {
              if (error) return done(error, undefined);
              ask((failure) => {
                if (failure) return done(failure, undefined);
                get(() => {});
                void meter
                  .time('inner', () => opened<void>((end) => get(() => end(null, undefined))))
                  .then(() => done(null, undefined), done as never);
              });
            }),
          ),
        );
      const stage = await openStage({
        // Makes the connections of pools, so that none is made by who asks for more.
        '/first': () => opened<void>((done) => ask((error) => done(error, undefined))),
        ...Object.fromEntries(ROUTES.map((route) => [route, handler])),
      });
      try {
        await Promise.all([stage.get('/first'), stage.get('/first')]);
        await Promise.all(Array.from({ length: 50 }, (_, at) => stage.get(ROUTES[at % ROUTES.length]!)));
        const rows = (await stage.rows()).filter(
          (row) => row.route !== '/first' && !row.name.endsWith('CONNECT'),
        );
        const found = Object.fromEntries(
          rows.map((row) => [`${row.route} ${row.block} ${row.name}`, row.count]),
        );
        const http = `GET 127.0.0.1:${port}`;
        expect(found).toEqual(
          Object.fromEntries(
            ROUTES.flatMap((route) => [
              [`${route} outer ${name}`, 2 * EACH],
              [`${route} outer ${http}`, EACH],
              [`${route} inner ${http}`, EACH],
            ]),
          ),
        );
      } finally {
        await stage.stop();
        close();
      }
    },
  );

  test("contexts of the application's own stay as the library leaves them", async () => {
    const own = new AsyncLocalStorage<string>();
    const client = openMemcached();
    const seen = () => opened<string>((done) => client.ask((error) => done(error, own.getStore() ?? 'none')));
    const opener = own.run('opener', seen);
    await opener;
    const without = await own.run('asker', seen);
    upstreams(Memcached);
    const found: string[] = [];
    const stage = await openStage({
      '/ask': () => own.run('asker', async () => found.push(await seen())),
    });
    await stage.get('/ask');
    expect((await stage.rows()).map(({ name, count }) => [name, count])).toEqual([['memcached GET', 1]]);
    expect(found).toEqual([without]);
    await stage.stop();
    client.close();
  });
});
