import { type Method, prototypeOf } from '../hooks.ts';
import type { ModuleSource } from '../source.ts';
import { SqliteCalls } from '../sqlite-calls.ts';

const sourceOf = (statement: object): unknown => (statement as { source?: unknown }).source;

/**
 * better-sqlite3 12 and 13.
 *
 * - begins and ends: `run`, `get` and `all` of statements, those of transactions and pragmas among them; `exec`,
 *   however many statements it is given; of `iterate` the first row.
 * - owner: read there.
 * - not counted: `prepare`, `backup`, rows after the first.
 */
export const betterSqlite3: ModuleSource<object> = {
  package: 'better-sqlite3',
  kind: 'db',
  find(exports) {
    const prototype = prototypeOf(exports.default);
    const methods = ['prepare', 'pragma', 'transaction', 'exec'];
    return prototype !== null && methods.every((method) => method in prototype) ? prototype : null;
  },
  install(hooks, databases) {
    const sqlite = new SqliteCalls(hooks);
    const { prepare } = databases as { prepare: Method };
    let isTaken = false;
    // The class of statements is to be had of a statement alone.
    const take = (statement: object): void => {
      isTaken = true;
      const prototype = Object.getPrototypeOf(statement) as object;
      for (const method of ['run', 'get', 'all']) sqlite.runs(prototype, method, sourceOf);
      sqlite.iterates(prototype, 'iterate', sourceOf);
    };
    sqlite.runs(databases, 'exec', (_database, [sql]) => sql);
    hooks.replace(
      databases,
      'prepare',
      (original) =>
        function (this: unknown, ...args) {
          const statement = original.apply(this, args) as object;
          if (!isTaken) hooks.guarded(() => take(statement));
          return statement;
        },
    );
    for (const method of ['pragma', 'transaction']) {
      hooks.replace(
        databases,
        method,
        (original) =>
          function (this: unknown, ...args) {
            if (!isTaken) hooks.guarded(() => take(prepare.call(this, 'select 1') as object));
            return original.apply(this, args);
          },
      );
    }
  },
};
