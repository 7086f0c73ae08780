import pg from 'pg';
import Cursor from 'pg-cursor';
import { afterAll, describe, expect, test } from 'vitest';
import { debianPrograms } from '../../../../testkit/src/servers/debian.ts';
import { POSTGRESQL_PROGRAMS, startPostgresql } from '../../../../testkit/src/servers/postgresql.ts';
import { type Operations, sourceContract } from '../contract.ts';
import { leafOf, openStage } from '../stage.ts';

const missing = await debianPrograms(POSTGRESQL_PROGRAMS);
const server = missing === null ? await startPostgresql() : null;
afterAll(() => server?.stop());

const address = { host: '127.0.0.1', port: server?.port ?? 0, user: 'test', database: 'postgres' };
const names = { quick: 'postgresql SELECT', slow: 'postgresql SELECT', failing: 'postgresql SELECT missing' };
const shared = { modules: [pg], names, error: '42P01', beside: ['postgresql CONNECT'] };

const operations = (
  ask: (text: string, values?: unknown[]) => Promise<unknown>,
  close: () => Promise<unknown>,
): Operations => ({
  quick: () => ask('select 1'),
  slow: (ms) => ask('select pg_sleep($1)', [ms / 1000]),
  failing: () => ask('select * from missing'),
  secret: (secret) => ask(`select '${secret}', $1::text`, [secret]),
  close,
});

describe.skipIf(missing !== null)(`pg${missing === null ? '' : ` (${missing})`}`, () => {
  sourceContract({
    ...shared,
    title: 'pg 8: pool.query',
    open: async (max): Promise<Operations> => {
      const pool = new pg.Pool({ ...address, max });
      return {
        quick: () => pool.query('select 1'),
        slow: (ms) => pool.query('select pg_sleep($1)', [ms / 1000]),
        failing: () => pool.query('select * from missing'),
        secret: async (secret) => {
          await pool.query('select $1::text', [secret]);
          await pool.query(`select '${secret}' /* ${secret} */ as "${secret}" -- ${secret}`);
          await pool.query(`set application_name = '${secret}'`);
          await pool.query({ name: secret, text: 'select 1' });
          await pool.query(`do $${secret}$ begin perform 1; end $${secret}$`);
          await pool.query(`${secret} is no statement`).catch(() => {});
          await pool.query(`select E'\\'' || ' from ${secret} '`);
        },
        close: () => pool.end(),
      };
    },
  });

  sourceContract({
    ...shared,
    title: 'pg 8: callbacks',
    open: async (max): Promise<Operations> => {
      const pool = new pg.Pool({ ...address, max });
      const ask = (text: string, values: unknown[] = []) =>
        new Promise((resolve, reject) => {
          pool.query(text, values, (error: Error | undefined, result: unknown) =>
            error ? reject(error) : resolve(result),
          );
        });
      return operations(ask, () => pool.end());
    },
  });

  sourceContract({
    ...shared,
    title: 'pg 8: pool.connect',
    open: async (max): Promise<Operations> => {
      const pool = new pg.Pool({ ...address, max });
      const ask = async (text: string, values: unknown[] = []) => {
        const client = await pool.connect();
        try {
          return await client.query(text, values);
        } finally {
          client.release();
        }
      };
      return operations(ask, () => pool.end());
    },
  });

  sourceContract({
    ...shared,
    title: 'pg 8: pool.connect with a callback',
    open: async (max): Promise<Operations> => {
      const pool = new pg.Pool({ ...address, max });
      const ask = (text: string, values: unknown[] = []) =>
        new Promise((resolve, reject) => {
          pool.connect((error, client, release) => {
            if (error) return reject(error);
            client!.query(text, values, (failed: Error | undefined, result: unknown) => {
              release();
              if (failed) reject(failed);
              else resolve(result);
            });
          });
        });
      return operations(ask, () => pool.end());
    },
  });

  async function staged<R>(
    options: pg.PoolConfig,
    use: (pool: pg.Pool) => Promise<unknown>,
    look: (
      rows: Awaited<ReturnType<Awaited<ReturnType<typeof openStage>>['rows']>>,
      metrics: Awaited<ReturnType<Awaited<ReturnType<typeof openStage>>['metrics']>>,
    ) => R,
  ): Promise<R> {
    const pool = new pg.Pool({ ...address, ...options });
    const stage = await openStage({ '/ask': () => use(pool) });
    try {
      await stage.get('/ask');
      return look(await stage.rows(), await stage.metrics());
    } finally {
      await stage.stop();
      await pool.end();
    }
  }

  test('a transaction is its statements, by table', async () => {
    await staged(
      { max: 1 },
      async (pool) => {
        await pool.query('create table if not exists users (id int primary key, name text)');
        const client = await pool.connect();
        await client.query('begin');
        await client.query('insert into public."users" values ($1, $2) on conflict do nothing', [1, 'x']);
        await client.query({
          text: 'select u.name from users u join pg_catalog.pg_class c on true where u.id = $1 limit 1',
          values: [1],
        });
        await client.query('commit');
        client.release();
      },
      (rows) =>
        expect(
          Object.fromEntries(
            rows.filter(({ name }) => name !== 'postgresql CONNECT').map(({ name, count }) => [name, count]),
          ),
        ).toEqual({
          'postgresql CREATE users': 1,
          'postgresql BEGIN': 1,
          'postgresql INSERT users': 1,
          'postgresql SELECT users pg_class': 1,
          'postgresql COMMIT': 1,
        }),
    );
  });

  test('a cursor is one call, until it is read to its end', async () => {
    await staged(
      { max: 1 },
      async (pool) => {
        const client = await pool.connect();
        const cursor = client.query(new Cursor('select * from generate_series(1, 50)'));
        while ((await cursor.read(10)).length > 0) await new Promise(setImmediate);
        client.release();
      },
      (rows) =>
        expect(rows.filter(({ name }) => name.includes('generate_series'))).toMatchObject([
          { count: 1, errors: [] },
        ]),
    );
  });

  test('the waiting for a connection counts in, and is told apart', async () => {
    const pool = new pg.Pool({ ...address, max: 1 });
    const holder = await pool.connect();
    const stage = await openStage({ '/ask': () => pool.query('select 1') });
    try {
      const asked = stage.get('/ask');
      while (pool.waitingCount === 0) await new Promise((go) => setTimeout(go, 1));
      const from = performance.now();
      await new Promise((go) => setTimeout(go, 20));
      const held = performance.now() - from;
      holder.release();
      await asked;
      const [waited] = leafOf(await stage.metrics(), 'pool', '/ask')['postgresql SELECT']!;
      const [row] = await stage.rows();
      expect(waited).toBeGreaterThan(held - 1);
      expect(row!.durations[0]).toBeGreaterThanOrEqual(waited! - 0.01);
    } finally {
      await stage.stop();
      await pool.end();
    }
  });

  test('no connection in time, and no server, are one failed call', async () => {
    const pool = new pg.Pool({ ...address, max: 1, connectionTimeoutMillis: 500 });
    const holder = await pool.connect();
    const stage = await openStage({
      '/late': () => pool.query('select 1').catch(() => {}),
      '/refused': () => new pg.Pool({ ...address, port: 1 }).query('select 1').catch(() => {}),
    });
    try {
      await stage.get('/late');
      await stage.get('/refused');
      const rows = await stage.rows();
      expect(rows.map(({ route, name, count, errors }) => ({ route, name, count, errors }))).toEqual([
        { route: '/late', name: 'postgresql SELECT', count: 1, errors: ['Error'] },
        { route: '/refused', name: 'postgresql SELECT', count: 1, errors: ['ECONNREFUSED'] },
      ]);
    } finally {
      holder.release();
      await stage.stop();
      await pool.end();
    }
  });

  test('a query of nobody is not booked on the request that frees its connection', async () => {
    const pool = new pg.Pool({ ...address, max: 1 });
    const stage = await openStage({ '/slow': () => pool.query('select pg_sleep(0.03)') });
    try {
      await pool.query('select 1');
      const asked = stage.get('/slow');
      while (pool.idleCount > 0) await new Promise((go) => setTimeout(go, 1));
      await Promise.all([asked, pool.query('select 2 as mine')]);
      expect((await stage.rows()).map(({ route, count }) => ({ route, count }))).toEqual([
        { route: '/slow', count: 1 },
      ]);
    } finally {
      await stage.stop();
      await pool.end();
    }
  });
});
