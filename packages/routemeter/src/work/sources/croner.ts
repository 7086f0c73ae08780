import type { Method } from '../../calls/dress.ts';
import { prototypeOf } from '../../calls/hooks.ts';
import type { UnitSource } from '../source.ts';
import { scheduleName } from './schedule.ts';

interface Cron {
  name?: unknown;
  fn?: Method | undefined;
  getPattern(): unknown;
}

/**
 * croner. Each run of a job's function is a unit, on its schedule and by `trigger()`.
 *
 * - ends: with the function, or with the promise that it returns.
 * - name: the job's, or else that of its function, or else its schedule.
 */
export const croner: UnitSource<object> = {
  package: 'croner',
  find({ Cron }) {
    const jobs = prototypeOf(Cron);
    return jobs !== null && '_trigger' in jobs && 'getPattern' in jobs ? jobs : null;
  },
  install(hooks, jobs) {
    const { units } = hooks;
    hooks.replace(
      jobs,
      '_trigger',
      (original) =>
        function (this: Cron, ...args) {
          const { fn } = this;
          if (typeof fn !== 'function' || !units.active) return original.apply(this, args);
          const job = this;
          // The library calls it in the synchronous part of this method; a job that triggers itself finds its own.
          const followed: Method = function (this: unknown, ...given) {
            job.fn = fn;
            const name = scheduleName(job.name, fn, job.getPattern());
            return units.around({ kind: 'cron', name }, fn, this, given);
          };
          job.fn = followed;
          try {
            return original.apply(this, args);
          } finally {
            if (job.fn === followed) job.fn = fn;
          }
        },
    );
  },
};
