import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { collect, stop } from '../../src/live.ts';
import { repositoryRoot } from '../../src/root.ts';

const ROOT = repositoryRoot();

/** The example app as a command to be watched, on a free port. */
export const HOME = [process.execPath, join(ROOT, 'examples/home/server.js')] as const;
export const HOME_ENV = { PORT: '0' };
export const HOME_LISTENS = /home listens on (http:\/\/\S+)/;

/** The example app on its own, through the preload. */
export async function startHome(env: NodeJS.ProcessEnv): Promise<{ url: string; process: ChildProcess }> {
  const [command, ...args] = HOME;
  const child = spawn(command, ['--import', 'routemeter/register', ...args], {
    cwd: join(ROOT, 'examples/home'),
    env: { ...process.env, ...HOME_ENV, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [, url] = await collect(child).find(HOME_LISTENS);
  return { url: url!, process: child };
}

/**
 * A limit for POST /reports in whole ms that ninety days exceed on this machine and one day does not come
 * near: a third of what ninety take when nothing disturbs them.
 */
export async function reportLimit(): Promise<number> {
  const app = await startHome({ ROUTEMETER_ENABLED: 'false' });
  const headers = { 'content-type': 'application/json' };
  const times: number[] = [];
  for (let i = 0; i < 8; i++) {
    const began = performance.now();
    const body = JSON.stringify({ days: 90 });
    await (await fetch(`${app.url}/reports`, { method: 'POST', headers, body })).arrayBuffer();
    times.push(performance.now() - began);
  }
  await stop(app.process);
  return Math.max(1, Math.round(Math.min(...times) / 3));
}

/** Asks for reports of so many days and for people, one after the other, until it is told to stop. */
export class Traffic {
  days = 1;
  #running = true;
  readonly #done: Promise<void>;

  constructor(urls: readonly string[]) {
    this.#done = Promise.all(urls.map((url) => this.#drive(url))).then(() => {});
  }

  async stop(): Promise<void> {
    this.#running = false;
    await this.#done;
  }

  async #drive(url: string): Promise<void> {
    while (this.#running) {
      const body = JSON.stringify({ days: this.days });
      const headers = { 'content-type': 'application/json' };
      await (await fetch(`${url}/reports`, { method: 'POST', headers, body })).arrayBuffer();
      for (const path of ['/users/1', '/users/2', '/home?user=1']) {
        await (await fetch(url + path)).arrayBuffer();
      }
      await sleep(20);
    }
  }
}
