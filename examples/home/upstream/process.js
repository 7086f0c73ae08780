import { fork } from 'node:child_process';
import { once } from 'node:events';

/** Starts the upstream as a process of its own, with an environment of its own. */
export async function startUpstream() {
  const { NODE_OPTIONS: _, ...env } = process.env;
  const child = fork(new URL('./server.js', import.meta.url), { env, execArgv: [] });
  const [{ port }] = await Promise.race([once(child, 'message'), failed(child)]);
  return {
    url: `http://127.0.0.1:${port}`,
    stop: () => child.disconnect(),
  };
}

async function failed(child) {
  const [code] = await once(child, 'exit');
  throw new Error(`the upstream ended with code ${code} before it listened`);
}
