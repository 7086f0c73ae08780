import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { collect, type Printed, stop } from '../live.ts';
import { ROOT } from '../pack.ts';
import type { Run } from './runs.ts';

/** Where what the files name is on this machine. */
export interface Places {
  /** `dist/cli.mjs`, as it was built. */
  cli: string;
  engine: string;
  tokenFile: string;
}

/** What was started as one of the files says. */
export interface Running {
  page: string;
  statsdPort: number;
  process: ChildProcess;
  printed: Printed;
  /** Exit code of the image's own check. */
  health(): number | null;
  stop(): Promise<void>;
}

/** All that differs between what the files say and what the tests run: where things are. */
const standIns = ({ cli, engine, tokenFile }: Places): [pattern: RegExp, here: string][] => [
  [/^(\/usr\/bin\/)?node$/, process.execPath],
  [/^\/(app|opt\/routemeter)\/node_modules\/routemeter-live\/dist\/cli\.mjs$/, cli],
  [/^http:\/\/victoria-metrics:8428/, engine],
  [/^(\/run\/secrets|\/var\/run\/secrets\/routemeter|%d)\/token$/, tokenFile],
  [/^\/demo$/, join(ROOT, 'examples/home')],
  [/^\/(app)?$/, ROOT],
];

/** Added to what the files say: free ports, for many containers on one machine. */
const PORTS = { ROUTEMETER_LIVE_PORT: '0', ROUTEMETER_LIVE_STATSD_PORT: '0', PORT: '0' };

/** Starts it with the environment that the file gives, and no other. */
export async function startRun(run: Run, places: Places): Promise<Running> {
  const table = standIns(places);
  const here = (word: string) => table.reduce((text, [from, to]) => text.replace(from, to), word);
  const [file, ...args] = run.command.map(here);
  const env = Object.fromEntries(Object.entries(run.env).map(([name, value]) => [name, here(value)]));
  const child = spawn(file!, args, {
    cwd: here(run.cwd),
    env: { PATH: process.env.PATH, ...env, ...PORTS },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const printed = collect(child);
  const [, page, port] = await printed.find(/page (http:\/\/\S+)\s+statsd udp:\/\/[^:]+:(\d+)/);
  return {
    page: page!,
    statsdPort: Number(port),
    process: child,
    printed,
    health() {
      const [command, ...words] = run.healthcheck.map(here);
      const there = words.map((word) => word.replaceAll('http://127.0.0.1:8127', page!));
      return spawnSync(command!, there, { timeout: 10_000 }).status;
    },
    stop: () => stop(child),
  };
}
