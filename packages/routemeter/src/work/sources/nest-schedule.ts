import { dress, type Method } from '../../calls/dress.ts';
import { prototypeOf } from '../../calls/hooks.ts';
import { currentUnit, isPromise, type WorkUnit } from '../../unit/index.ts';
import type { UnitHooks, UnitSource } from '../source.ts';
import { scheduleName } from './schedule.ts';

interface Parts {
  explorer: object | null;
  orchestrator: object | null;
}

interface Module {
  forRoot?(): { providers?: unknown[] };
}

/** What each method of the library that schedules is given of a name and a schedule, behind the function. */
const ADDING: Readonly<Record<string, (args: readonly unknown[]) => { name?: unknown; cronTime?: unknown }>> =
  {
    addCron: ([options]) => (options ?? {}) as { name?: unknown; cronTime?: unknown },
    addInterval: ([, name]) => ({ name }),
    addTimeout: ([, name]) => ({ name }),
  };

/**
 * @nestjs/schedule. Each run of a method of `@Cron`, `@Interval` or `@Timeout` is a unit, also where `cron`, which runs
 * the first of them, is followed as well.
 *
 * - ends: with the method, or the promise that it returns.
 * - name: the one in the decorator, or else that of the method.
 * - outcome: `error` where the method failed, which the library catches and logs.
 * - not counted: timers that an application makes itself and hands to the registry.
 */
export const nestSchedule: UnitSource<Parts> = {
  package: '@nestjs/schedule',
  find({ ScheduleModule, ScheduleExplorer, SchedulerOrchestrator }) {
    // Applications import the module alone; it names the other two as its providers.
    const given = [ScheduleExplorer, SchedulerOrchestrator, ...providersOf(ScheduleModule)].map(prototypeOf);
    const having = (key: string) => given.find((one) => one !== null && key in one) ?? null;
    const explorer = having('wrapFunctionInTryCatchBlocks');
    const orchestrator = having('addInterval');
    return explorer === null && orchestrator === null ? null : { explorer, orchestrator };
  },
  install(hooks, { explorer, orchestrator }) {
    hooks.replace(
      explorer,
      'wrapFunctionInTryCatchBlocks',
      (original) =>
        function (this: unknown, ...args) {
          const [method, ...more] = args;
          if (typeof method !== 'function') return original.apply(this, args);
          const contained = original.call(this, noting(method as Method), ...more) as unknown;
          if (typeof contained === 'function') {
            Object.defineProperty(contained, 'name', { value: method.name, configurable: true });
          }
          return contained;
        },
    );
    for (const [key, told] of Object.entries(ADDING)) {
      hooks.replace(
        orchestrator,
        key,
        (original) =>
          function (this: unknown, ...args) {
            const [run, ...more] = args;
            if (typeof run !== 'function') return original.apply(this, args);
            const { name, cronTime } = told(more);
            return original.call(this, followed(hooks, run as Method, name, cronTime), ...more);
          },
      );
    }
  },
};

function providersOf(module: unknown): unknown[] {
  const { forRoot } = (typeof module === 'function' ? module : {}) as Module;
  const { getMetadata } = Reflect as { getMetadata?(key: string, target: unknown): unknown };
  if (typeof forRoot !== 'function' || typeof getMetadata !== 'function') return [];
  const own = getMetadata('providers', module);
  return [...(Array.isArray(own) ? own : []), ...(forRoot.call(module).providers ?? [])];
}

function followed({ units }: UnitHooks, run: Method, name: unknown, schedule: unknown): Method {
  const unit = { kind: 'cron', name: scheduleName(name, run, schedule) } as const;
  const made: Method = function (this: unknown, ...given) {
    // A job of the library `cron` can be followed already.
    return units.active && around() === null
      ? units.around(unit, run, this, given)
      : (run.apply(this, given) as unknown);
  };
  dress(made, run);
  return made;
}

/** The schedule's unit around the caller, or null. */
function around(): WorkUnit | null {
  const unit = currentUnit();
  return unit !== null && unit.kind === 'cron' && !unit.ended ? (unit as WorkUnit) : null;
}

/** The method, which ends the unit around it where it fails: the library keeps that to itself. */
function noting(method: Method): Method {
  return function (this: unknown, ...given) {
    const unit = around();
    if (unit === null) return method.apply(this, given) as unknown;
    let result: unknown;
    try {
      result = method.apply(this, given);
    } catch (error) {
      unit.fail(error);
      throw error;
    }
    if (!isPromise(result)) return result;
    return result.then(undefined, (error: unknown) => {
      unit.fail(error);
      throw error;
    });
  };
}
