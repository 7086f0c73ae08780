import { prototypeOf } from '../../calls/hooks.ts';
import { Added } from '../added.ts';
import { jobName } from '../naming.ts';
import type { UnitSource } from '../source.ts';
import type { Judge } from '../units.ts';

interface Job {
  attrs?: { _id?: unknown; name?: unknown; nextRunAt?: unknown };
}

/**
 * agenda. Each run of a job is a unit: `runJob`, which calls what `define` was given.
 *
 * - ends: with the job's function, or its `done`. What is forked runs in that process, and is no unit of this one.
 * - name: the one of `define`, which also tells its queue.
 * - added: by the first `save` of a job, which `now`, `schedule` and `every` call, too; of one that repeats, each time.
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
      'save',
      (original) =>
        function (this: Job, ...args) {
          const isNew = units.active && this.attrs?._id == null;
          const adder = isNew ? hooks.guarded(() => added.adder()) : null;
          const saved = original.apply(this, args) as unknown;
          if (adder === null || !(saved instanceof Promise)) return saved;
          return saved.then((result: unknown) => {
            hooks.guarded(() => {
              if (this.attrs?._id != null) added.remember(String(this.attrs._id), adder);
            });
            return result;
          });
        },
    );
    hooks.replace(
      job,
      'runJob',
      (original) =>
        function (this: Job, ...args) {
          if (!units.active) return original.apply(this, args);
          const begun = { kind: 'job', system: 'agenda', name: jobName(this.attrs?.name) } as const;
          return units.around(begun, original, this, args, judgeOf(this));
        },
    );
  },
};

const added = new Added();

function judgeOf({ attrs = {} }: Job): Judge {
  return (unit) => {
    const key = String(attrs._id);
    const adder = added.name(key);
    if (adder !== undefined) unit.tag('added_by', adder);
    if (attrs.nextRunAt == null) added.forget(key);
  };
}
