import { existsSync } from 'node:fs';
import type { Method } from '../../calls/dress.ts';
import { prototypeOf } from '../../calls/hooks.ts';
import { fileBeside, loadedModules } from '../../platform/index.ts';
import { currentUnit } from '../../unit/index.ts';
import type { UnitHooks, UnitSource } from '../source.ts';
import { TASK_CPU, WORKER_FILE } from '../threads/names.ts';

interface Parts {
  exports: object;
  /** The library's file that threads run. */
  file: string;
}

interface Task {
  runInAsyncScope<T>(fn: () => T): T;
}

interface Worker {
  taskInfos: Map<unknown, Task>;
}

interface Message {
  taskId?: unknown;
  [TASK_CPU]?: unknown;
}

interface Options {
  worker?: { filename?: unknown };
}

const POOL = /\/piscina[^/]*\/dist\/worker_pool\/index\.js$/;
/** What threads load in place of the library's own file. */
const FILE = './piscina-worker.cjs';

/**
 * piscina. A task is no unit: it is part of the one that asked for it, to which the CPU of its thread is charged, as
 * `http.server.cpu_remote` and its kin. Told by the thread, in which the library's file is loaded by one of ours, with each
 * answer.
 *
 * - owner: the unit around the call of `run`, by the context that the library keeps for it.
 * - not counted: what a thread does outside of tasks, tasks that are not answered, pools made before.
 */
export const piscina: UnitSource<Parts> = {
  package: 'piscina',
  find(exports) {
    const pool = 'Piscina' in exports ? loadedPool() : exports;
    const worker = prototypeOf((pool as { WorkerInfo?: unknown } | null)?.WorkerInfo);
    if (worker === null || !('_handleResponse' in worker) || !('postTask' in worker)) return null;
    const file = fileBeside(FILE);
    return file !== null && existsSync(file) ? { exports: pool as object, file } : null;
  },
  install(hooks, { exports, file }) {
    hooks.replace(
      prototypeOf((exports as { WorkerInfo: unknown }).WorkerInfo),
      '_handleResponse',
      (original) =>
        function (this: Worker, ...args) {
          hooks.guarded(charge, this, args[0] as Message, undefined);
          return original.apply(this, args);
        },
    );
    hooks.replace(exports, 'WorkerInfo', (original) => constructing(hooks, original, file));
  },
};

/** Where an application gives what it imports of the package: the library's file is loaded by then. */
function loadedPool(): unknown {
  const found = Object.entries(loadedModules()).find(([file]) => POOL.test(file.replaceAll('\\', '/')));
  return found?.[1]?.exports;
}

/** In place of the class whose instances have a thread each: has that load our file first. */
function constructing({ units }: UnitHooks, original: Method, file: string): Method {
  const made = function (this: unknown, ...args: unknown[]): unknown {
    const [given, ...more] = args;
    const options = (units.active ? withFile(given as Options, file) : null) ?? given;
    return Reflect.construct(original, [options, ...more], new.target === made ? original : new.target);
  };
  made.prototype = original.prototype as object;
  return made;
}

function withFile(options: Options, file: string): Options | null {
  const own = options?.worker?.filename;
  if (typeof own !== 'string') return null;
  const { setEnvironmentData } = process.getBuiltinModule('node:worker_threads');
  setEnvironmentData(WORKER_FILE, own);
  return { ...options, worker: { ...options.worker, filename: file } };
}

/** To whoever asked, in whose context the library keeps the task. */
function charge({ taskInfos }: Worker, message: Message): void {
  const used = message?.[TASK_CPU];
  if (typeof used !== 'number') return;
  const unit = taskInfos.get(message.taskId)?.runInAsyncScope(currentUnit);
  unit?.recorder.remote(unit, used);
}
