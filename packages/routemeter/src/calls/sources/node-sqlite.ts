import { type Hooks, type Method, prototypeOf } from '../hooks.ts';
import type { ModuleSource } from '../source.ts';
import { SqliteCalls } from '../sqlite-calls.ts';

interface Parts {
  databases: object;
  statements: object;
}

const sourceOf = (statement: object): unknown => (statement as { sourceSQL?: unknown }).sourceSQL;
const textOf = (_database: object, [sql]: readonly unknown[]): unknown => sql;
/** Of a tagged template: what stands between its values. */
const templateOf = (_store: object, [strings]: readonly unknown[]): unknown =>
  Array.isArray(strings) ? strings.join('?') : null;

/**
 * node:sqlite. Its channel `sqlite.db.query` is left alone: it has the values in the text, durations of whole
 * milliseconds, no errors, and costs as much as the query.
 *
 * - begins and ends: `run`, `get` and `all` of statements, and of tag stores; `exec`, however many statements it
 *   is given; of `iterate` the first row.
 * - owner: read there.
 * - not counted: `prepare`, `backup`, rows after the first.
 */
export const nodeSqlite: ModuleSource<Parts> = {
  package: 'node:sqlite',
  kind: 'db',
  find({ DatabaseSync, StatementSync }) {
    const databases = prototypeOf(DatabaseSync);
    const statements = prototypeOf(StatementSync);
    return databases === null || statements === null ? null : { databases, statements };
  },
  install(hooks, { databases, statements }) {
    const sqlite = new SqliteCalls(hooks);
    followStatements(sqlite, statements, sourceOf);
    sqlite.runs(databases, 'exec', textOf);
    hooks.replace(databases, 'createTagStore', (original) => storing(hooks, sqlite, original));
  },
};

/** A tag store's class is to be had of a store alone. */
function storing(hooks: Hooks, sqlite: SqliteCalls, original: Method): Method {
  return function (this: unknown, ...args) {
    const store = original.apply(this, args) as unknown;
    hooks.guarded(() => {
      if (typeof store === 'object' && store !== null)
        followStatements(sqlite, Object.getPrototypeOf(store) as object, templateOf);
    });
    return store;
  };
}

function followStatements(
  sqlite: SqliteCalls,
  prototype: object,
  text: (self: object, args: readonly unknown[]) => unknown,
): void {
  for (const method of ['run', 'get', 'all']) sqlite.runs(prototype, method, text);
  sqlite.iterates(prototype, 'iterate', text);
}
