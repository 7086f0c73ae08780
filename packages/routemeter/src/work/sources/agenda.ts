import { prototypeOf } from '../../calls/hooks.ts';
import { jobName } from '../naming.ts';
import type { UnitSource } from '../source.ts';

interface Job {
  attrs?: { name?: unknown };
}

/**
 * agenda. Each run of a job is a unit: `runJob`, which calls what `define` was given.
 *
 * - ends: with the job's function, or its `done`. What is forked runs in that process, and is no unit of this one.
 * - name: the one of `define`, which also tells its queue.
 */
export const agenda: UnitSource<object> = {
  package: 'agenda',
  find({ Job }) {
    const job = prototypeOf(Job);
    return job !== null && 'runJob' in job && 'computeNextRunAt' in job ? job : null;
  },
  install(hooks, job) {
    const { units } = hooks;
    hooks.replace(
      job,
      'runJob',
      (original) =>
        function (this: Job, ...args) {
          if (!units.active) return original.apply(this, args);
          const begun = { kind: 'job', system: 'agenda', name: jobName(this.attrs?.name) } as const;
          return units.around(begun, original, this, args);
        },
    );
  },
};
