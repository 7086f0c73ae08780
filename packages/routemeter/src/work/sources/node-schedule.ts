import { prototypeOf } from '../../calls/hooks.ts';
import type { UnitSource } from '../source.ts';
import { scheduleName } from './schedule.ts';

interface Job {
  name?: unknown;
  job?: unknown;
}

/**
 * node-schedule. Each run of a job's function is a unit: `Job.prototype.invoke`, by which its schedule runs it, too.
 *
 * - ends: with the function, or with the promise that it returns.
 * - name: the job's, or else that of its function, or else `once`.
 * - not counted: the callback that a job may have beside its function.
 */
export const nodeSchedule: UnitSource<object> = {
  package: 'node-schedule',
  find({ Job }) {
    const jobs = prototypeOf(Job);
    return jobs !== null && 'invoke' in jobs && 'runOnDate' in jobs ? jobs : null;
  },
  install(hooks, jobs) {
    const { units } = hooks;
    hooks.replace(
      jobs,
      'invoke',
      (original) =>
        function (this: Job, ...args) {
          if (!units.active) return original.apply(this, args);
          return units.around(
            { kind: 'cron', name: scheduleName(this.name, this.job) },
            original,
            this,
            args,
          );
        },
    );
  },
};
