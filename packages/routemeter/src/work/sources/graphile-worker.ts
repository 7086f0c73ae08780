import type { Method } from '../../calls/dress.ts';
import { loadedBeside } from '../../calls/loaded-files.ts';
import { Added } from '../added.ts';
import { jobName } from '../naming.ts';
import type { UnitHooks, UnitSource } from '../source.ts';
import type { Judge } from '../units.ts';

interface Parts {
  worker: object | null;
  helpers: object | null;
}

interface Job {
  id?: unknown;
  task_identifier?: unknown;
  created_at?: unknown;
  attempts?: number;
  max_attempts?: number;
  run_at?: Date;
}

type Tasks = Readonly<Record<string, unknown>>;

/**
 * graphile-worker, as long as it is CommonJS (0.16, 0.17): `makeNewWorker`, whose tasks are those of `taskList` or of a
 * folder. Each attempt of a job is a unit.
 *
 * - ends: with the task.
 * - name: that of the task.
 * - outcome: `retry` where attempts are left.
 * - queued: from when the job was to run to its first attempt.
 * - added: by `addJob` and `addJobs` of a runner, of utilities, or of another task.
 */
export const graphileWorker: UnitSource<Parts> = {
  package: 'graphile-worker',
  find(exports) {
    if (typeof exports.makeNewWorker === 'function') return { worker: exports, helpers: null };
    if (typeof exports.makeAddJob === 'function') return { worker: null, helpers: exports };
    if (typeof exports.runOnce !== 'function' || typeof exports.makeWorkerUtils !== 'function') return null;
    // The package does not export them.
    const main = exports.default ?? exports;
    const [worker] = loadedBeside(main, /^\/worker\.js$/);
    const [helpers = null] = loadedBeside(main, /^\/helpers\.js$/);
    return (worker as { makeNewWorker?: unknown } | undefined)?.makeNewWorker === undefined
      ? null
      : { worker: worker as object, helpers: helpers as object | null };
  },
  install(hooks, { worker, helpers }) {
    for (const name of ['makeAddJob', 'makeAddJobs'])
      hooks.replace(
        helpers,
        name,
        (original) =>
          function (this: unknown, ...args) {
            return adding(hooks, original.apply(this, args) as Method);
          },
      );
    hooks.replace(
      helpers,
      'makeJobHelpers',
      (original) =>
        function (this: unknown, ...args) {
          const made = original.apply(this, args) as Record<string, unknown>;
          hooks.guarded(() => {
            for (const name of ['addJob', 'addJobs']) made[name] = adding(hooks, made[name] as Method);
          });
          return made;
        },
    );
    hooks.replace(
      worker,
      'makeNewWorker',
      (original) =>
        function (this: unknown, ...args) {
          const [shared, given] = args as [unknown, { tasks?: Tasks } | undefined];
          if (typeof given?.tasks !== 'object') return original.apply(this, args);
          return original.call(
            this,
            shared,
            { ...given, tasks: followed(hooks, given.tasks) },
            ...args.slice(2),
          );
        },
    );
  },
};

const added = new Added();

/** What adds jobs, and resolves to them. */
function adding(hooks: UnitHooks, add: Method): Method {
  return function (this: unknown, ...args) {
    const adder = hooks.units.active ? hooks.guarded(() => added.adder()) : null;
    const made = add.apply(this, args) as unknown;
    if (adder === null || !(made instanceof Promise)) return made;
    return made.then((result: Job | Job[]) => {
      hooks.guarded(() => {
        for (const job of Array.isArray(result) ? result : [result]) added.remember(keyOf(job), adder);
      });
      return result;
    });
  };
}

/** Ids of two databases are alike. */
function keyOf({ id, task_identifier, created_at }: Job): string {
  return `${String(task_identifier)}:${String(id)}:${Number(created_at)}`;
}

/** The same tasks, which a watched folder changes while they are in use. */
function followed({ units }: UnitHooks, tasks: Tasks): Tasks {
  return new Proxy(tasks, {
    get(target, name, receiver) {
      const task: unknown = Reflect.get(target, name, receiver);
      if (typeof task !== 'function' || typeof name !== 'string' || !Object.hasOwn(target, name)) return task;
      return function (this: unknown, ...args: unknown[]) {
        if (!units.active) return (task as Method).apply(this, args);
        const { job = {} } = (args[1] ?? {}) as { job?: Job };
        const begun = {
          kind: 'job',
          system: 'graphile-worker',
          name: jobName(name),
          queued: job.attempts === 1 ? Date.now() - Number(job.run_at) : undefined,
        } as const;
        return units.around(begun, task as Method, this, args, judgeOf(job));
      };
    },
  });
}

function judgeOf(job: Job): Judge {
  const { attempts, max_attempts } = job;
  const key = keyOf(job);
  return (unit, error) => {
    const isAgain = error !== undefined && Number(attempts) < Number(max_attempts);
    if (isAgain) unit.setOutcome('retry');
    const adder = added.name(key);
    if (adder !== undefined) unit.tag('added_by', adder);
    if (!isAgain) added.forget(key);
  };
}
