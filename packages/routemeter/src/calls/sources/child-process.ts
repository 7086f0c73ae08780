import type { ChildProcess } from 'node:child_process';
import type { Work } from '../../attribution/index.ts';
import { attach } from '../attached.ts';
import type { Call } from '../call.ts';
import type { Hooks } from '../hooks.ts';
import type { BuiltinSource } from '../source.ts';

/** On a child process whose exit somebody waits for. */
const RUN = Symbol('routemeter.call');

interface Run {
  call: Call;
  owner: Work;
  /** It has a channel to its parent. */
  isForked: boolean;
}

interface Child extends ChildProcess {
  [RUN]?: Run;
}

const PROGRAM = /^[\w.+-]{1,60}$/;

/**
 * `spawn`, `exec`, `execFile` and `fork`. A process is an RPC of the system `process`: the program is the
 * method, its exit the answer.
 *
 * - begins: `ChildProcess.prototype.spawn`, which is beneath them all. Hooked with the first message of the channel
 *   `child_process`, so that nothing is loaded; the message itself comes before the program is known.
 * - owner: read there, in the caller's context.
 * - ends: the event `exit`; `error` where the program could not be started or was aborted. An exit code other
 *   than 0 and a signal are errors. Output may come later (`close`), from whoever inherited the pipe.
 * - not counted: the synchronous forms, which hold the loop and are no wait; a process that the application
 *   does not wait for (`unref`); a forked process that outlives its request, which is a worker.
 */
export const childProcess: BuiltinSource = {
  package: 'node:child_process',
  kind: 'rpc',
  install(hooks) {
    let isHooked = false;
    hooks.subscribe<{ process: Child }>('child_process', ({ process: child }) => {
      if (isHooked) return;
      isHooked = true;
      hookInto(hooks, child);
    });
  },
};

function hookInto(hooks: Hooks, child: Child): void {
  const { calls } = hooks;
  let prototype: object = Object.getPrototypeOf(child) as object;
  // A subclass of the application's own.
  while (!Object.hasOwn(prototype, 'spawn')) prototype = Object.getPrototypeOf(prototype) as object;
  hooks.replace(
    prototype,
    'spawn',
    (original) =>
      function (this: Child, ...args) {
        const owner = calls.owner();
        const call =
          owner === null
            ? null
            : hooks.guarded(() =>
                calls.open(owner, calls.name('rpc', 'process', '', programOf(args[0]?.file))),
              );
        if (call === null) return original.apply(this, args);
        const run: Run = { call, owner: owner!, isForked: false };
        attach(this, RUN, run);
        try {
          const result = original.apply(this, args);
          run.isForked = this.connected === true;
          return result;
        } catch (error) {
          call.fail(error);
          throw error;
        }
      },
  );
  hooks.replace(
    prototype,
    'emit',
    (original) =>
      function (this: Child, event: unknown, subject: unknown, signal: unknown) {
        const run = this[RUN];
        if (run !== undefined && !run.call.ended) hooks.guarded(() => follow(run, event, subject, signal));
        // biome-ignore lint/complexity/noArguments: passes on whatever was given, without making an array
        return original.apply(this, arguments as never);
      },
  );
  hooks.replace(
    prototype,
    'unref',
    (original) =>
      function (this: Child, ...args) {
        this[RUN]?.call.cancel();
        return original.apply(this, args);
      },
  );
}

function follow({ call, owner, isForked }: Run, event: unknown, subject: unknown, signal: unknown): void {
  if (event === 'exit') {
    if (isForked && owner.root.ended) call.cancel();
    else if (subject === 0) call.end();
    else call.fail({ code: subject === null ? signal : `EXIT_${subject}` });
  } else if (event === 'error') {
    const { syscall, code } = (subject ?? {}) as NodeJS.ErrnoException;
    // Errors of signals and of messages that could not be sent are none of the process.
    if (code === 'ABORT_ERR' || syscall?.startsWith('spawn') === true) call.fail(subject);
  }
}

/** The base name of a program, without the ending that Windows gives it. */
function programOf(file: unknown): string {
  const name = String(file)
    .replace(/^.*[\\/]/s, '')
    .replace(/\.(?:exe|cmd|bat|com)$/i, '');
  return PROGRAM.test(name) ? name : 'other';
}
