import { dress, type Method } from '../../calls/dress.ts';
import { prototypeOf } from '../../calls/hooks.ts';
import type { UnitSource } from '../source.ts';
import { scheduleName } from './schedule.ts';

interface CronJob {
  name?: unknown;
  cronTime?: { source?: unknown };
}

/**
 * cron. Each run of a callback of a `CronJob` is a unit, those of `@Cron` of `@nestjs/schedule` among them.
 *
 * - ends: with the callback, or with the promise that it returns, whether or not the job waits for that.
 * - name: the job's, or else that of its function, or else its schedule.
 * - not counted: `onComplete`.
 */
export const cron: UnitSource<object> = {
  package: 'cron',
  find({ CronJob }) {
    const jobs = prototypeOf(CronJob);
    return jobs !== null && 'addCallback' in jobs && 'fireOnTick' in jobs ? jobs : null;
  },
  install(hooks, jobs) {
    const { units } = hooks;
    hooks.replace(
      jobs,
      'addCallback',
      (original) =>
        function (this: CronJob, ...args) {
          const [callback] = args;
          if (typeof callback !== 'function') return original.apply(this, args);
          const job = this;
          const followed: Method = function (this: unknown, ...given) {
            if (!units.active) return callback.apply(this, given);
            const name = scheduleName(job.name, callback, job.cronTime?.source);
            return units.around({ kind: 'cron', name }, callback, this, given);
          };
          dress(followed, callback as Method);
          return original.call(this, followed);
        },
    );
  },
};
