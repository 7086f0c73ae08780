import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Collector } from '../../../testkit/src/contract/collector.ts';
import { buildLibrary, type Library } from '../../../testkit/src/contract/library.ts';

const load = createRequire(new URL('../../../testkit/package.json', import.meta.url));
const tsx = join(dirname(load.resolve('tsx/package.json')), 'dist', 'cli.mjs');
const express = load.resolve('express5');

let library: Library;
let folder: string;

const serve = `
app.get('/hello/:name', (req, res) => res.json({ pid: process.pid }));
const server = app.listen(0, '127.0.0.1', () => console.log('port ' + server.address().port));
for (const signal of ['SIGTERM', 'disconnect']) process.on(signal, () => process.exit(0));
`;
const FILES: Record<string, string> = {
  'package.json': '{ "scripts": { "start": "node app.mjs" } }',
  'app.mjs': `import express from ${JSON.stringify(pathToFileURL(express).href)};\nconst app = express();${serve}`,
  'app.cjs': `const express = require(${JSON.stringify(express)});\nconst app = express();${serve}`,
  'app.mts': `import express from ${JSON.stringify(pathToFileURL(express).href)};
interface App { get: Function; listen: Function }
const app = express() as App;${serve}`,
  'app.ts': `const express = require(${JSON.stringify(express)});\nconst app = express() as { get: Function; listen: Function };${serve}`,
  // As process managers do: a parent that serves nothing, and children of fork().
  'forks.mjs': `import { fork } from 'node:child_process';
    for (let n = 0; n < 2; n++) fork('app.cjs');
    process.on('SIGTERM', () => process.exit(0));`,
  'workers.mjs': `import { Worker } from 'node:worker_threads';
    for (const file of ['./app.mjs', './app.cjs']) new Worker(new URL(file, import.meta.url));
    process.on('SIGTERM', () => process.exit(0));`,
  'cluster.mjs': `import cluster from 'node:cluster';
    if (cluster.isPrimary) for (let n = 0; n < 2; n++) cluster.fork();
    else await import('./app.mjs');
    process.on('SIGTERM', () => process.exit(0));`,
};

beforeAll(async () => {
  library = await buildLibrary('register-launchers');
  folder = mkdtempSync(join(tmpdir(), 'routemeter-launchers-'));
  for (const [name, text] of Object.entries(FILES)) writeFileSync(join(folder, name), text);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Launcher {
  name: string;
  command: readonly string[];
  /** Servers that announce themselves. */
  servers?: number;
  /** Lines told; servers on ports of their own are told of each, the workers of a cluster once. */
  lines?: number;
  /** A file that makes it start the app again when it changes. */
  watches?: string;
}

const LAUNCHERS: Launcher[] = [
  { name: 'npm start', command: ['npm', 'start', '--silent'] },
  { name: 'tsx, ES modules', command: ['node', tsx, 'app.mts'] },
  { name: 'tsx, CommonJS', command: ['node', tsx, 'app.ts'] },
  {
    name: 'tsx as a loader',
    command: ['node', '--import', pathToFileURL(load.resolve('tsx')).href, 'app.mts'],
  },
  { name: 'node --watch', command: ['node', '--watch', 'app.mjs'], lines: 2, watches: 'app.mjs' },
  { name: 'children of fork()', command: ['node', 'forks.mjs'], servers: 2, lines: 2 },
  { name: 'worker threads', command: ['node', 'workers.mjs'], servers: 2, lines: 2 },
  { name: 'a cluster', command: ['node', 'cluster.mjs'], servers: 2 },
];

interface Program {
  child: ChildProcess;
  out: { stdout: string; stderr: string };
}

/** Starts a command with the preload in NODE_OPTIONS: whatever is a Node below it has it, too. */
function start([command, ...args]: readonly string[], url: string): Program {
  const env = {
    PATH: `${dirname(process.execPath)}:${process.env.PATH ?? ''}`,
    HOME: process.env.HOME ?? '',
    NODE_OPTIONS: `--import ${pathToFileURL(library.esm('register')).href}`,
    ROUTEMETER_URL: url,
    ROUTEMETER_FLUSH_MS: '20',
    npm_config_update_notifier: 'false',
  };
  const child = spawn(command!, args, {
    cwd: folder,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const out = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]!.setEncoding('utf8').on('data', (text: string) => {
      out[name] += text;
    });
  }
  return { child, out };
}

/** Ends it with all that it started. */
async function stop({ child }: Program): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const closed = once(child, 'close');
  process.kill(-child.pid!, 'SIGTERM');
  await closed;
}

/** The ports of its servers, in the order in which they were announced. */
async function ports({ out, child }: Program, count: number): Promise<string[]> {
  const found = () => [...out.stdout.matchAll(/^port (\d+)$/gm)].map(([, port]) => port!);
  await expect
    .poll(() => found().length + (child.exitCode === null ? 0 : 100), {
      timeout: 60_000,
      message: out.stderr,
    })
    .toBe(count);
  return found();
}

async function call(port: string, name: string): Promise<void> {
  const headers = { connection: 'close' };
  await (await fetch(`http://127.0.0.1:${port}/hello/${name}`, { headers })).arrayBuffer();
}

describe.each(LAUNCHERS)('$name', ({ command, servers = 1, lines = 1, watches }) => {
  test('has each request named and counted once, and its servers told of', async () => {
    const collector = await Collector.open();
    const program = start(command, collector.url);
    try {
      let calls = 0;
      for (const port of await ports(program, servers)) {
        for (const name of ['anna', 'ben', '7']) await call(port, name);
        calls += 3;
      }
      if (watches !== undefined) {
        const file = join(folder, watches);
        // A watcher that was not ready to watch sees the next change.
        let seconds = 0;
        const touch = () => {
          const time = Date.now() / 1000 + ++seconds;
          utimesSync(file, time, time);
        };
        const touching = setInterval(touch, 6000);
        touch();
        const [, again] = await ports(program, 2).finally(() => clearInterval(touching));
        await call(again!, 'again');
        calls++;
      }
      const named = { http_route: '/hello/:name', http_method: 'GET', http_status_code: '200' };
      expect(await collector.requests(calls)).toEqual(Array.from({ length: calls }, () => named));
      const told = program.out.stderr.split('\n').filter((line) => line.startsWith('routemeter:'));
      for (const line of told) expect(line).toMatch(/^routemeter: instrumented express 5[^;]*$/);
      // Nothing of the launcher's own Node.
      expect(told).toHaveLength(lines);
      expect(program.out.stdout).not.toContain('routemeter');
    } finally {
      await stop(program);
      collector.close();
    }
  });
});
