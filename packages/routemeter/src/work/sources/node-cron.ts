import { dress, type Method } from '../../calls/dress.ts';
import { prototypeOf } from '../../calls/hooks.ts';
import type { UnitHooks, UnitSource } from '../source.ts';
import { scheduleName } from './schedule.ts';

interface Task {
  id?: unknown;
  name?: unknown;
  cronExpression?: unknown;
  runner?: { onMatch?: unknown };
  destroy(): unknown;
}

interface Parts {
  tasks: object | null;
  /** Of the package's entry, which does not hand over the class of its tasks. */
  createTask: ((expression: string, fn: () => void) => Task) | null;
}

/** On what runs a task: that it is followed. */
const FOLLOWED = Symbol('routemeter.followed');

/**
 * node-cron. Each run of a task's function is a unit, on its schedule and by `execute()`.
 *
 * - ends: with the function, or with the promise that it returns.
 * - name: the task's, or else its schedule; the function is not kept by the library under its name.
 * - a task that is the path of a file runs in a process of its own, and counts there under the preload.
 */
export const nodeCron: UnitSource<Parts> = {
  package: 'node-cron',
  find(exports) {
    const tasks = prototypeOf(exports.InlineScheduledTask);
    if (tasks !== null) return { tasks, createTask: null };
    const { createTask, getTasks, validate } = exports;
    const isEntry = [createTask, getTasks, validate].every((one) => typeof one === 'function');
    return isEntry ? { tasks: null, createTask: createTask as Parts['createTask'] } : null;
  },
  install(hooks, { tasks, createTask }) {
    const classOfTasks = tasks ?? prototypeOfTasks(createTask);
    for (const method of ['start', 'execute'])
      hooks.replace(
        classOfTasks,
        method,
        (original) =>
          function (this: Task, ...args) {
            hooks.guarded(() => follow(hooks, this));
            return original.apply(this, args);
          },
      );
  },
};

/** A task that never starts; destroyed, the library forgets it. */
function prototypeOfTasks(createTask: Parts['createTask']): object | null {
  if (createTask === null) return null;
  const task = createTask('0 0 1 1 *', () => {});
  task.destroy();
  return Object.getPrototypeOf(task) as object;
}

function follow({ units }: UnitHooks, task: Task): void {
  const { runner } = task;
  const onMatch = runner?.onMatch as (Method & { [FOLLOWED]?: boolean }) | undefined;
  if (runner === undefined || typeof onMatch !== 'function' || onMatch[FOLLOWED] === true) return;
  const followed: Method = function (this: unknown, ...args) {
    if (!units.active) return onMatch.apply(this, args);
    const name = scheduleName(task.name === task.id ? '' : task.name, undefined, task.cronExpression);
    return units.around({ kind: 'cron', name }, onMatch, this, args);
  };
  dress(followed, onMatch);
  Object.defineProperty(followed, FOLLOWED, { value: true });
  runner.onMatch = followed;
}
