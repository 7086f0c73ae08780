import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readStatement } from '../../src/calls/statement.ts';

const CASES: Array<[sql: string, summary: string]> = [
  ['select * from users', 'SELECT users'],
  [
    'SELECT u.id, (SELECT count(*) FROM orders o WHERE o.u = u.id) FROM "public"."users" AS u',
    'SELECT orders users',
  ],
  ['/* from secret */ select 1 -- from secret\n', 'SELECT'],
  ["select 'from secret', E'it\\'s from secret' from a", 'SELECT a'],
  ["select 'it''s from secret' from a", 'SELECT a'],
  ["select 'a\\' from secret' from b", 'SELECT'],
  ['select $$ from secret $$, $x$ from secret $x$ from a', 'SELECT a'],
  [
    'with recent as (select * from orders), two(x) as (select 1) select * from recent join users using (id)',
    'SELECT orders users',
  ],
  [
    'with "upsert" as (insert into sessions (sid) values ($1) on conflict (sid) do update set sid = $1 returning sid) ' +
      'select * from "upsert"',
    'SELECT sessions',
  ],
  [
    'with recursive update as (select 1), delete (a) as not materialized (select a from b) insert into c select * from update',
    'INSERT b c',
  ],
  ['with moved as (update orders set a = $1 returning *) select * from moved for update', 'SELECT orders'],
  ['insert into orders (a, b) values ($1, $2) on conflict (a) do update set b = 1', 'INSERT orders'],
  ['insert into archive select * from orders', 'INSERT archive orders'],
  ['update users set name = $1 where id = $2', 'UPDATE users'],
  ['delete from only sessions where expires < now()', 'DELETE sessions'],
  ['select extract(year from born), substring(name from 2), trim(both from x) from people', 'SELECT people'],
  ['select * from a where x is distinct from y for update of a', 'SELECT a'],
  ['create table if not exists logs (id int)', 'CREATE logs'],
  ['truncate table a', 'TRUNCATE a'],
  ['begin', 'BEGIN'],
  ["set password = 'secret'", 'SET'],
  ["call secret('x')", 'CALL'],
  ['secret stuff', 'other'],
  ['', 'other'],
  ['select * from [dbo].[Users] join [Order Lines] on 1 = 1', 'SELECT Users'],
  ["select * from 'secret'", 'SELECT'],
  ['select 1; drop table users', 'SELECT'],
  [`select ${'c, '.repeat(400)}c from wide`, 'SELECT wide'],
  [`select ${'column_name, '.repeat(1000)}c from wide`, 'SELECT'],
  [
    'select * from first_long_table_name join second_long_table_name join third_long_table_name',
    'SELECT first_long_table_name second_long_table_name',
  ],
];

test.each(CASES)('%s', (sql, summary) => {
  expect(readStatement(sql).summary).toBe(summary);
});

test('where double quotes are literals, none of them is a table', () => {
  expect(readStatement('select * from `users` where a = "from secret"', 'literal').summary).toBe(
    'SELECT users',
  );
  expect(readStatement('select * from "secret"', 'literal').summary).toBe('SELECT');
  expect(readStatement('select "it\\"s from secret" from a', 'literal').summary).toBe('SELECT');
  expect(readStatement('select 1 # from secret\nfrom a', 'literal').summary).toBe('SELECT a');
  expect(readStatement('select /*! from secret */ 1 from a', 'literal').summary).toBe('SELECT a');
});

test('a literal is never told, whatever stands in it', () => {
  const value = fc.string({ maxLength: 30 }).map((text) => `${text} from hunter2secret, hunter2secret where`);
  const quoted = fc.oneof(
    value.map((text) => `'${text.replaceAll("'", "''")}'`),
    value.map((text) => `E'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`),
    value.map((text) => `/* ${text.replaceAll('*/', '').replaceAll('/*', '')} */ 1`),
  );
  fc.assert(
    fc.property(quoted, quoted, (one, two) => {
      const { summary } = readStatement(`select ${one}, ${two} from users where a = ${one} and b = ${two}`);
      expect(summary).not.toContain('hunter2secret');
      expect(summary.length).toBeLessThanOrEqual(60);
    }),
    { numRuns: 1000 },
  );
});

test('nothing that is read can fail or be long', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.string({ unit: 'binary' })), (text) => {
      const { operation, summary } = readStatement(text);
      expect(summary.length).toBeLessThanOrEqual(60);
      expect(operation).toMatch(/^(?:[A-Z]+|other)$/);
    }),
    { numRuns: 1000 },
  );
});
