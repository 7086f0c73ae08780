import type { Method } from '../../calls/dress.ts';
import { loadedBeside } from '../../calls/loaded-files.ts';
import { jobName } from '../naming.ts';
import type { UnitHooks, UnitSource } from '../source.ts';
import type { Judge } from '../units.ts';

interface Job {
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
 */
export const graphileWorker: UnitSource<object> = {
  package: 'graphile-worker',
  find(exports) {
    if (typeof exports.makeNewWorker === 'function') return exports;
    if (typeof exports.runOnce !== 'function' || typeof exports.makeWorkerUtils !== 'function') return null;
    // The package does not export it.
    const [worker] = loadedBeside(exports.default ?? exports, /^\/worker\.js$/);
    return (worker as { makeNewWorker?: unknown } | undefined)?.makeNewWorker === undefined
      ? null
      : (worker as object);
  },
  install(hooks, worker) {
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

function judgeOf({ attempts, max_attempts }: Job): Judge {
  return (unit, error) => {
    if (error !== undefined && Number(attempts) < Number(max_attempts)) unit.setOutcome('retry');
  };
}
