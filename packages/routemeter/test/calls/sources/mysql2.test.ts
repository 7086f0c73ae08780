import type { Socket } from 'node:net';
import mysql22 from 'mysql2-2';
import mysql22Promise from 'mysql2-2/promise.js';
import mysql23 from 'mysql2-3';
import mysql23Promise from 'mysql2-3/promise.js';
import { afterAll, describe, expect, test } from 'vitest';
import { debianPrograms } from '../../../../testkit/src/servers/debian.ts';
import { MARIADB_PROGRAMS, startMariadb } from '../../../../testkit/src/servers/mariadb.ts';
import { type Operations, sourceContract } from '../contract.ts';
import { leafOf, openStage } from '../stage.ts';

const missing = await debianPrograms(MARIADB_PROGRAMS);
const server = missing === null ? await startMariadb() : null;
afterAll(() => server?.stop());

const address = { host: '127.0.0.1', port: server?.port ?? 0, user: 'test', database: 'test' };
const names = { quick: 'mysql SELECT', slow: 'mysql SELECT', failing: 'mysql SELECT missing' };
const beside = ['mysql CONNECT'];

const MAJORS = [
  ['mysql2 2', mysql22 as unknown as typeof mysql23, mysql22Promise as unknown as typeof mysql23Promise],
  ['mysql2 3', mysql23, mysql23Promise],
] as const;

/** Resolves with what a function's callback is given. */
const called = (fn: (callback: (error?: Error | null, result?: unknown) => void) => unknown) =>
  new Promise((resolve, reject) =>
    fn((error, result) => (error === null || error === undefined ? resolve(result) : reject(error))),
  );

type Ask = (sql: string, values?: unknown[]) => Promise<unknown>;

const secrets = async (ask: Ask, secret: string) => {
  await ask('select ?', [secret]);
  await ask(`select '${secret}' /* ${secret} */ as \`${secret}\` -- ${secret}`);
  await ask(`select "${secret}" from dual where "from ${secret}" <> 'a\\' from ${secret}'`);
  await ask(`set @x = '${secret}' # ${secret}`);
  await ask(`${secret} is no statement`).catch(() => {});
};

const operations = (ask: Ask, close: () => Promise<unknown>): Operations => ({
  quick: () => ask('select 1'),
  slow: (ms) => ask('select sleep(?)', [ms / 1000]),
  failing: () => ask('select * from missing'),
  secret: (secret) => secrets(ask, secret),
  close,
});

describe.skipIf(missing !== null)(`mysql2${missing === null ? '' : ` (${missing})`}`, () => {
  describe.each(MAJORS)('%s', (title, mysql, promised) => {
    sourceContract({
      title: `${title}: promises of a pool`,
      modules: [promised],
      names,
      beside,
      error: 'ER_NO_SUCH_TABLE',
      open: async (connectionLimit): Promise<Operations> => {
        const pool = promised.createPool({ ...address, connectionLimit });
        return {
          quick: () => pool.execute('select 1'),
          slow: (ms) => pool.query('select sleep(?)', [ms / 1000]),
          failing: () => pool.query('select * from missing'),
          secret: (secret) => secrets((sql, values) => pool.query(sql, values), secret),
          close: () => pool.end(),
        };
      },
    });

    sourceContract({
      title: `${title}: callbacks of a pool`,
      modules: [mysql],
      names,
      beside,
      error: 'ER_NO_SUCH_TABLE',
      open: async (connectionLimit): Promise<Operations> => {
        const pool = mysql.createPool({ ...address, connectionLimit });
        const ask = (sql: string, values: unknown[] = []) => called((done) => pool.query(sql, values, done));
        return {
          quick: () => ask('select 1'),
          slow: (ms) => called((done) => pool.execute('select sleep(?)', [ms / 1000], done)),
          failing: () => ask('select * from missing'),
          secret: (secret) => secrets(ask, secret),
          close: () => called((done) => pool.end(done)),
        };
      },
    });

    sourceContract({
      title: `${title}: getConnection`,
      modules: [],
      names,
      beside,
      error: 'ER_NO_SUCH_TABLE',
      open: async (connectionLimit): Promise<Operations> => {
        const pool = promised.createPool({ ...address, connectionLimit });
        const ask = async (sql: string, values: unknown[] = []) => {
          const connection = await pool.getConnection();
          try {
            return await connection.query(sql, values);
          } finally {
            connection.release();
          }
        };
        return operations(ask, () => pool.end());
      },
    });

    sourceContract({
      title: `${title}: getConnection with callbacks, and a turn of the loop between`,
      modules: [],
      names,
      beside,
      error: 'ER_NO_SUCH_TABLE',
      open: async (connectionLimit): Promise<Operations> => {
        const pool = mysql.createPool({ ...address, connectionLimit });
        const ask = (sql: string, values: unknown[] = []) =>
          called((done) =>
            pool.getConnection((error, connection) => {
              if (error) return done(error);
              connection.query(sql, values, (failed, result) => {
                connection.release();
                done(failed, result);
              });
            }),
          );
        return operations(ask, () => called((done) => pool.end(done)));
      },
    });

    sourceContract({
      title: `${title}: one connection, events instead of callbacks`,
      modules: [],
      names,
      beside,
      connections: [1],
      error: 'ER_NO_SUCH_TABLE',
      open: async (): Promise<Operations> => {
        const connection = mysql.createConnection(address);
        const ask = (sql: string, values: unknown[] = []) =>
          new Promise((resolve, reject) => {
            connection.query(sql, values).on('error', reject).on('end', resolve);
          });
        return operations(ask, () => called((done) => connection.end(done)));
      },
    });

    test("callbacks in callbacks, a turn later too, are the request's that began, over one connection", async () => {
      const pool = mysql.createPool({ ...address, connectionLimit: 1 });
      const route = (table: string) => () =>
        called((done) =>
          pool.getConnection((_error, connection) => {
            connection.beginTransaction(() => {
              setImmediate(() => {
                connection.query(`select 1 from ${table}`, () => {
                  connection.execute(`select 2 from ${table}`, () => {
                    connection.commit((failed) => {
                      connection.release();
                      done(failed);
                    });
                  });
                });
              });
            });
          }),
        );
      const stage = await openStage({ '/a': route('one'), '/b': route('two') });
      try {
        await called((done) => pool.query('create table if not exists one (id int)', done));
        await called((done) => pool.query('create table if not exists two (id int)', done));
        await Promise.all(Array.from({ length: 20 }, (_, at) => stage.get(at % 2 === 0 ? '/a' : '/b')));
        const rows = (await stage.rows()).filter(({ name }) => name !== 'mysql CONNECT');
        for (const [path, table] of [
          ['/a', 'one'],
          ['/b', 'two'],
        ]) {
          expect(
            Object.fromEntries(
              rows.filter(({ route }) => route === path).map(({ name, count }) => [name, count]),
            ),
          ).toEqual({ 'mysql START': 10, [`mysql SELECT ${table}`]: 20, 'mysql COMMIT': 10 });
        }
      } finally {
        await stage.stop();
        await called((done) => pool.end(done));
      }
    });

    test('a prepared statement is PREPARE, and a call for each execution; ping is one', async () => {
      const connection = await promised.createConnection(address);
      const stage = await openStage({
        '/ask': async () => {
          const statement = await connection.prepare('select ? as mine from dual');
          await statement.execute([1]);
          await statement.execute([2]);
          await statement.close();
          await connection.ping();
        },
      });
      try {
        await stage.get('/ask');
        expect(
          Object.fromEntries((await stage.rows()).map(({ name, count, errors }) => [name, [count, errors]])),
        ).toEqual({
          'mysql PREPARE': [1, []],
          'mysql SELECT dual': [2, []],
          'mysql PING': [1, []],
        });
      } finally {
        await stage.stop();
        await connection.end();
      }
    });

    test('a connection that no pool makes is CONNECT; what it was asked before is one call', async () => {
      const stage = await openStage({
        '/ask': async () => {
          const connection = mysql.createConnection(address);
          await called((done) => connection.query('select 1', done));
          await called((done) => connection.end(done));
        },
        '/promise': async () => {
          const connection = await promised.createConnection(address);
          await connection.end();
        },
      });
      try {
        await stage.get('/ask');
        await stage.get('/promise');
        expect((await stage.rows()).map(({ route, name, count }) => [route, name, count]).sort()).toEqual([
          ['/ask', 'mysql CONNECT', 1],
          ['/ask', 'mysql SELECT', 1],
          ['/promise', 'mysql CONNECT', 1],
        ]);
      } finally {
        await stage.stop();
      }
    });

    test('the waiting for a connection counts in, and is told apart', async () => {
      const pool = promised.createPool({ ...address, connectionLimit: 1 });
      const holder = await pool.getConnection();
      const queued = new Promise((enqueued) => pool.on('enqueue', enqueued as () => void));
      const stage = await openStage({ '/ask': () => pool.query('select 1') });
      try {
        const asked = stage.get('/ask');
        await queued;
        const from = performance.now();
        await new Promise((go) => setTimeout(go, 20));
        const held = performance.now() - from;
        holder.release();
        await asked;
        const [waited] = leafOf(await stage.metrics(), 'pool', '/ask')['mysql SELECT']!;
        const [row] = await stage.rows();
        expect(waited).toBeGreaterThan(held - 1);
        expect(row!.durations[0]).toBeGreaterThanOrEqual(waited! - 0.01);
      } finally {
        await stage.stop();
        await pool.end();
      }
    });

    test('a full queue, a time-out, a lost connection and no server are one failed call each', async () => {
      const pool = promised.createPool({ ...address, connectionLimit: 1, waitForConnections: false });
      const holder = await pool.getConnection();
      const stage = await openStage({
        '/full': () => pool.query('select 1').catch(() => {}),
        '/late': () => holder.query({ sql: 'select sleep(0.3)', timeout: 20 }).catch(() => {}),
        '/refused': () =>
          promised
            .createPool({ ...address, port: 1 })
            .query('select 1')
            .catch(() => {}),
        '/lost': async () => {
          const connection = mysql.createConnection(address);
          const lost = new Promise((failed) => connection.on('error', failed));
          await called((done) => connection.ping(done));
          connection.query('select sleep(5)');
          connection.query('select 2 from dual');
          (connection as unknown as { stream: Socket }).stream.destroy();
          await lost;
        },
      });
      try {
        await stage.get('/full');
        await stage.get('/late');
        await stage.get('/refused');
        await stage.get('/lost');
        const rows = await stage.rows();
        expect(
          rows
            .filter(({ name }) => name !== 'mysql CONNECT')
            .map(({ route, name, count, errors }) => [route, name, count, errors]),
        ).toEqual([
          ['/full', 'mysql SELECT', 1, ['Error']],
          ['/late', 'mysql SELECT', 1, ['PROTOCOL_SEQUENCE_TIMEOUT']],
          ['/refused', 'mysql SELECT', 1, ['ECONNREFUSED']],
          ['/lost', 'mysql PING', 1, []],
          ['/lost', 'mysql SELECT', 1, ['PROTOCOL_CONNECTION_LOST']],
          ['/lost', 'mysql SELECT dual', 1, ['PROTOCOL_CONNECTION_LOST']],
        ]);
      } finally {
        await stage.stop();
        holder.destroy();
        await pool.end();
      }
    });

    test('a query of nobody is not booked on the request that frees its connection', async () => {
      const pool = mysql.createPool({ ...address, connectionLimit: 1 });
      const nobody = (): Promise<unknown> =>
        called((done) => pool.query('select 2', () => pool.query('select 3', done)));
      const stage = await openStage({
        '/slow': () => called((done) => pool.query('select sleep(0.03)', done)),
      });
      try {
        await called((done) => pool.query('select 1', done));
        const taken = new Promise((go) => pool.once('acquire', go));
        const asked = stage.get('/slow');
        await taken;
        await Promise.all([asked, nobody()]);
        expect((await stage.rows()).map(({ route, count }) => ({ route, count }))).toEqual([
          { route: '/slow', count: 1 },
        ]);
      } finally {
        await stage.stop();
        await called((done) => pool.end(done));
      }
    });
  });
});
