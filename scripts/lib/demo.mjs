// The demo's parts: the example under routemeter-live, and its traffic.
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { setTimeout as wait } from 'node:timers/promises';
import { isFree } from './ports.mjs';
import { find, start, stop } from './process.mjs';

const LIVE = 'packages/live/dist/cli.mjs';
const APP = 'examples/home/server.js';
const TRAFFIC = 'examples/home/traffic/main.js';
const PAGE_PORT = 8127;

/** Starts `routemeter-live node examples/home/server.js`; resolves when both listen. */
export async function startDemo({ port, env = {}, quiet = false }) {
  const wanted = port ?? ((await isFree(PAGE_PORT)) ? PAGE_PORT : 0);
  if (port === undefined && wanted === 0)
    console.log(`Port ${PAGE_PORT} is taken: the page gets a free one.`);
  const live = start([LIVE, '--no-open', '--port', String(wanted), process.execPath, APP], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, PORT: '0', ...env },
  });
  if (!quiet) {
    live.stdout.pipe(process.stdout);
    live.stderr.pipe(process.stderr);
  }
  const [[, page], [, app]] = await Promise.all([
    find(live.stderr, /page (http:\/\/\S+)/),
    find(live.stdout, /home listens on (http:\/\/\S+)/),
  ]);
  return { page: page.replace(/\/$/, ''), app, process: live, stop: () => stop(live) };
}

/** Starts the traffic. `finish()` lets the open requests end and resolves with what was sent. */
export function startTraffic(app, { seconds, seed = 1 }) {
  const args = [TRAFFIC, app, '--seed', String(seed), ...(seconds ? ['--seconds', String(seconds)] : [])];
  const child = start(args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const sent = Promise.all([text(child.stdout), once(child, 'close')]).then(([counts]) => JSON.parse(counts));
  return {
    sent,
    async finish() {
      child.kill();
      return sent;
    },
  };
}

const RETENTION = 3_600;

/** The routes of the last `seconds`, once `count` requests have arrived there or five seconds have gone by. */
export async function routesOf(page, seconds, count) {
  for (let tries = 0; ; tries++) {
    const answer = await fetch(`${page}/api/routes?window=${Math.min(Math.ceil(seconds), RETENTION)}`);
    const { routes } = await answer.json();
    const arrived = routes.reduce((sum, route) => sum + route.count, 0);
    if (arrived >= count || tries === 25) return routes;
    await wait(200);
  }
}
