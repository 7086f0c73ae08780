import type { Work } from '../attribution/index.ts';
import type { Call } from './call.ts';
import type { Hooks, Method } from './hooks.ts';
import { Statements } from './statement.ts';

const statements = new Statements();

/**
 * Follows statements of SQLite, which runs inside the process: a call holds the loop for as long as it lasts, so
 * that none is ever waited for. The name of the file is not told.
 */
export class SqliteCalls {
  private readonly hooks: Hooks;

  constructor(hooks: Hooks) {
    this.hooks = hooks;
  }

  /**
   * A method that runs a statement to its end.
   *
   * @param textOf finds the statement.
   */
  runs(
    prototype: object | null,
    method: string,
    textOf: (self: object, args: readonly unknown[]) => unknown,
  ): void {
    const { calls } = this.hooks;
    const begin = (owner: Work, self: object, args: readonly unknown[]) =>
      this.open(owner, textOf(self, args));
    this.hooks.replace(
      prototype,
      method,
      (original) =>
        function (this: object, ...args) {
          const owner = calls.owner();
          const call = owner === null ? null : begin(owner, this, args);
          return call === null ? original.apply(this, args) : during(call, () => original.apply(this, args));
        },
    );
  }

  /** A method that returns an iterator of rows: timed until its first, as others may follow turns later. */
  iterates(
    prototype: object | null,
    method: string,
    textOf: (self: object, args: readonly unknown[]) => unknown,
  ): void {
    const { hooks } = this;
    const { calls } = hooks;
    const begin = (owner: Work, self: object, args: readonly unknown[]) =>
      this.open(owner, textOf(self, args));
    hooks.replace(
      prototype,
      method,
      (original) =>
        function (this: object, ...args) {
          const owner = calls.owner();
          if (owner === null) return original.apply(this, args);
          let rows: { next?: unknown };
          try {
            rows = original.apply(this, args) as typeof rows;
          } catch (error) {
            begin(owner, this, args)?.fail(error);
            throw error;
          }
          const { next } = rows;
          if (typeof next !== 'function') return rows;
          let isFirst = true;
          // A loop keeps the method that it found at its begin.
          const first: Method = (...more) => {
            if (!isFirst) return next.apply(rows, more);
            isFirst = false;
            rows.next = next;
            const call = begin(owner, this, args);
            return call === null
              ? next.apply(rows, more)
              : during(call, () => next.apply(rows, more) as unknown);
          };
          hooks.guarded(() => {
            rows.next = first;
          });
          return rows;
        },
    );
  }

  private open(owner: Work, text: unknown): Call | null {
    const { calls } = this.hooks;
    if (typeof text !== 'string') return null;
    return this.hooks.guarded(() => {
      const statement = statements.of(text);
      const { operation, summary } = statement;
      return calls.open(owner, calls.keptName(statement, 'db', 'sqlite', '', operation, summary));
    });
  }
}

function during<R>(call: Call, run: () => R): R {
  try {
    const result = run();
    call.end();
    return result;
  } catch (error) {
    call.fail(error);
    throw error;
  }
}
