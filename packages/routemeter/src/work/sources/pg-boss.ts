import { destinationOf } from '../../calls/destination.ts';
import type { Method } from '../../calls/dress.ts';
import { prototypeOf } from '../../calls/hooks.ts';
import { Added } from '../added.ts';
import type { UnitHooks, UnitSource } from '../source.ts';
import type { Judge } from '../units.ts';

/** What a handler is given of a job; the times and counts with `includeMetadata` alone. */
interface Job {
  id?: unknown;
  signal?: { aborted?: boolean };
  createdOn?: Date;
  startAfter?: Date;
  startedOn?: Date;
  retryCount?: number;
  retryLimit?: number;
}

/** What sends one job, and resolves to its id. */
const SENDING = ['send', 'sendAfter', 'sendThrottled', 'sendDebounced'];

/**
 * pg-boss. Each call of a worker's handler is a unit, whatever the number of jobs that it is handed.
 *
 * - ends: with the handler.
 * - name: the queue.
 * - outcome: `stalled` where the library gave the jobs up before the handler returned, as after `expireInSeconds`;
 *   `retry` where attempts are left, which only a worker with `includeMetadata` knows.
 * - queued: of its first job, from when that was sent, or was to start, to its first attempt; with `includeMetadata`.
 */
export const pgBoss: UnitSource<object> = {
  package: 'pg-boss',
  find({ PgBoss }) {
    const boss = prototypeOf(PgBoss);
    return boss !== null && 'work' in boss && 'sendDebounced' in boss ? boss : null;
  },
  install(hooks, boss) {
    for (const method of SENDING) hookSend(hooks, boss, method);
    hooks.replace(
      boss,
      'work',
      (original) =>
        function (this: unknown, ...args) {
          const at = args.length - 1;
          if (typeof args[at] === 'function')
            args[at] = hooks.guarded(() => followed(hooks, args[0], args[at] as Method)) ?? args[at];
          return original.apply(this, args);
        },
    );
  },
};

const added = new Added();

function hookSend(hooks: UnitHooks, boss: object, method: string): void {
  hooks.replace(
    boss,
    method,
    (original) =>
      function (this: unknown, ...args) {
        const adder = hooks.units.active ? hooks.guarded(() => added.adder()) : null;
        const sent = original.apply(this, args) as unknown;
        if (adder === null || !(sent instanceof Promise)) return sent;
        return sent.then((id: unknown) => {
          if (typeof id === 'string') added.remember(id, adder);
          return id;
        });
      },
  );
}

function followed({ units }: UnitHooks, queue: unknown, handler: Method): Method {
  const name = destinationOf(queue);
  const handle: Method = function (this: unknown, ...args) {
    if (!units.active) return handler.apply(this, args);
    const jobs = (Array.isArray(args[0]) ? args[0] : []) as readonly Job[];
    const begun = { kind: 'job', system: 'pg-boss', name, queued: queuedOf(jobs[0]) } as const;
    return units.around(begun, handler, this, args, judgeOf(jobs));
  };
  // The library asks how many arguments it takes.
  Object.defineProperty(handle, 'length', { value: handler.length, configurable: true });
  return handle;
}

function judgeOf(jobs: readonly Job[]): Judge {
  return (unit, error) => {
    const isGivenUp = jobs.some(({ signal }) => signal?.aborted === true);
    const isAgain =
      error !== undefined &&
      jobs.some(({ retryCount, retryLimit }) => Number(retryCount) < Number(retryLimit));
    if (isGivenUp) unit.setOutcome('stalled');
    else if (isAgain) unit.setOutcome('retry');
    const adders = new Set(jobs.map(({ id }) => added.name(String(id))));
    const [adder] = adders;
    if (adders.size === 1 && adder !== undefined) unit.tag('added_by', adder);
    if (error === undefined) for (const { id } of jobs) added.forget(String(id));
  };
}

function queuedOf({ createdOn, startAfter, startedOn, retryCount }: Job = {}): number | undefined {
  if (createdOn === undefined || startedOn === undefined || Number(retryCount) > 0) return undefined;
  return Number(startedOn) - Math.max(Number(createdOn), Number(startAfter ?? 0));
}
