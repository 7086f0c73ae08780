import { createRequire } from 'node:module';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { installedFolder } from '../../../../testkit/src/installed.ts';
import { upstreams } from '../../../src/calls/upstreams.ts';
import { type CallRow, leafOf, openStage } from '../stage.ts';

/** What the two libraries have in common. */
interface Statement {
  run(...values: unknown[]): unknown;
  get(...values: unknown[]): unknown;
  all(...values: unknown[]): unknown[];
  iterate(...values: unknown[]): Iterable<unknown>;
}

interface Database {
  exec(sql: string): unknown;
  prepare(sql: string): Statement;
  close(): void;
  pragma?(sql: string): unknown;
  transaction?(fn: () => void): () => void;
  createTagStore?(): Record<'get', (strings: TemplateStringsArray, ...values: unknown[]) => unknown>;
}

interface Library {
  title: string;
  module: unknown;
  open(): Database;
  error: RegExp;
}

const [major = 0] = process.versions.node.split('.').map(Number);
const libraries: Library[] = [];
if (major >= 22) {
  const sqlite = await import('node:sqlite' as string);
  libraries.push({
    title: 'node:sqlite',
    module: sqlite,
    open: () => new sqlite.DatabaseSync(':memory:') as Database,
    error: /^ERR_SQLITE_ERROR$/,
  });
}
// Its binaries are in the package, for Node 22 and later.
if (major >= 22) {
  const version = '13.2.0';
  const folder = await installedFolder(`better-sqlite3-${version}`, {
    dependencies: { 'better-sqlite3': version },
  });
  const BetterSqlite3 = createRequire(join(folder, 'x.js'))('better-sqlite3') as new (
    name: string,
  ) => Database;
  libraries.push({
    title: `better-sqlite3 ${version}`,
    module: BetterSqlite3,
    open: () => new BetterSqlite3(':memory:'),
    error: /^SQLITE_CONSTRAINT/,
  });
}

describe.skipIf(major < 22)('SQLite (in Node, and better-sqlite3 13, since Node 22)', () => {
  describe.each(libraries)('$title', ({ title, module, open, error }) => {
    async function staged(
      use: (database: Database) => unknown,
      look: (rows: CallRow[], waits: Record<string, number[]>, lines: string[]) => void,
    ): Promise<void> {
      upstreams(module);
      const database = open();
      database.exec('create table users (id integer primary key, name text)');
      const stage = await openStage({ '/ask': () => use(database) });
      try {
        await stage.get('/ask');
        const rows = await stage.rows();
        look(rows, leafOf(await stage.metrics(), 'wait', '/ask'), await stage.meter.lines());
      } finally {
        await stage.stop();
        database.close();
      }
    }

    /** Node 24 and later. Returns how many statements it made. */
    const tagged = (database: Database, name: string): number => {
      if (database.createTagStore === undefined) return 0;
      const store = database.createTagStore();
      store.get`select ${name} from users where name = ${name}`;
      return 1;
    };
    const counts = (rows: readonly CallRow[]) =>
      Object.fromEntries(rows.map(({ name, count }) => [name, count]));

    test('each statement is one call with a duration, and never a wait', async () => {
      await staged(
        async (database) => {
          database.exec('begin; commit');
          database.prepare('insert into users values (?, ?)').run(1, 'a');
          database.prepare('insert into users values (?, ?)').run(2, 'b');
          const select = database.prepare('select * from users where id >= ?');
          expect(select.get(1)).toMatchObject({ id: 1 });
          expect(select.all(1)).toHaveLength(2);
          let rows = 0;
          for (const _ of select.iterate(1)) rows++;
          expect(rows).toBe(2);
          const held = database.prepare('select * from users').iterate()[Symbol.iterator]();
          expect(held.next().value).toMatchObject({ id: 1 });
          await new Promise((go) => setTimeout(go, 20));
          expect(held.next().value).toMatchObject({ id: 2 });
          expect(held.next().done).toBe(true);
          database
            .prepare(
              'with recursive n(i) as (select 1 union all select i + 1 from n where i < 200000) select sum(i) from n',
            )
            .get();
        },
        (rows, waits) => {
          expect(counts(rows)).toEqual({
            'sqlite BEGIN': 1,
            'sqlite INSERT users': 2,
            'sqlite SELECT users': 4,
            'sqlite SELECT': 1,
          });
          expect(Object.values(waits).flat()).toEqual(Array(8).fill(0));
          const sum = rows.find(({ name }) => name === 'sqlite SELECT')!;
          expect(sum.durations[0]).toBeGreaterThan(
            Math.max(...rows.filter((row) => row !== sum).flatMap((row) => row.durations)),
          );
          expect(rows.map(({ peer }) => peer)).toEqual(Array(4).fill(undefined));
        },
      );
    });

    test('50 requests at once: each call once, on the route and in the block that made it', async () => {
      upstreams(module);
      const database = open();
      database.exec('create table users (id integer)');
      const count = database.prepare('select count(*) from users');
      const stage = await openStage({
        '/three': () => [1, 2, 3].map(() => count.get()),
        '/block': (meter) => meter.time('inner', () => count.all()),
        '/none': () => 'nothing',
      });
      try {
        const paths = ['/three', '/block', '/none'];
        await Promise.all(Array.from({ length: 51 }, (_, at) => stage.get(paths[at % 3]!)));
        count.get();
        const rows = await stage.rows();
        expect(rows.map(({ route, block, name, count: n }) => [route, block, name, n]).sort()).toEqual([
          ['/block', 'inner', 'sqlite SELECT users', 17],
          ['/three', undefined, 'sqlite SELECT users', 51],
        ]);
      } finally {
        await stage.stop();
        database.close();
      }
    });

    test('an error is the same for the caller, and told by its code', async () => {
      await staged(
        (database) => {
          const insert = database.prepare('insert into users values (1, ?)');
          insert.run('a');
          expect(() => insert.run('a')).toThrow(/UNIQUE/);
          expect(() => database.exec('insert into users values (1, 1)')).toThrow(/UNIQUE/);
        },
        (rows) => {
          expect(rows).toMatchObject([
            {
              name: 'sqlite INSERT users',
              count: 3,
              errors: [expect.stringMatching(error), expect.stringMatching(error)],
            },
          ]);
        },
      );
    });

    test('nothing of values, literals and comments leaves', async () => {
      let more = 0;
      await staged(
        (database) => {
          database.prepare('select ?').get('hunter2secret');
          database.exec("insert into users values (7, 'hunter2secret') -- hunter2secret");
          database.prepare('select name as "hunter2secret" from users /* hunter2secret */').get();
          for (const _ of database.prepare("select 'hunter2secret' from users").iterate()) break;
          more = tagged(database, 'hunter2secret');
          expect(() => database.exec('hunter2secret is nothing')).toThrow();
        },
        (rows, _waits, lines) => {
          expect(counts(rows)).toMatchObject({ 'sqlite SELECT users': 2 + more, 'sqlite INSERT users': 1 });
          expect(lines.filter((line) => line.includes('hunter2'))).toEqual([]);
        },
      );
    });

    test('transactions, pragmas and tag stores are their statements', async () => {
      await staged(
        (database) => {
          database.pragma?.('user_version');
          database.transaction?.(() => database.prepare('delete from users').run())();
          tagged(database, 'a');
        },
        (rows) => {
          if (title.startsWith('better')) {
            expect(counts(rows)).toEqual({
              'sqlite PRAGMA': 1,
              'sqlite BEGIN': 1,
              'sqlite DELETE users': 1,
              'sqlite COMMIT': 1,
            });
          } else if (major >= 24) {
            expect(counts(rows)).toEqual({ 'sqlite SELECT users': 1 });
          }
        },
      );
    });
  });
});
