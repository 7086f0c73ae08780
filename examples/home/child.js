import { fork } from 'node:child_process';
import { once } from 'node:events';

/**
 * Starts a program of the example as a process of its own, with an environment of its own: what it
 * costs is not to be seen in the example. Resolves with its first message.
 */
export async function startChild(program) {
  const { NODE_OPTIONS: _, ...env } = process.env;
  const child = fork(program, { env, execArgv: [] });
  const [message] = await Promise.race([once(child, 'message'), failed(child, program)]);
  return { message, stop: () => child.disconnect() };
}

/** Called in the child: it ends with the app that started it, however that ended. Signals of the terminal are the app's to handle. */
export function endWithParent() {
  process.on('disconnect', () => process.exit());
  process.on('SIGINT', () => {});
}

async function failed(child, program) {
  const [code] = await once(child, 'exit');
  throw new Error(`${program} ended with code ${code} before it listened`);
}
