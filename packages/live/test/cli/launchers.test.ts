import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Json, until } from '../helpers.ts';
import { build } from './built.ts';
import { start, startProgram } from './command.ts';

const require = createRequire(import.meta.url);
const express = JSON.stringify(pathToFileURL(require.resolve('express5')).href);
const tsx = join(dirname(require.resolve('tsx/package.json')), 'dist', 'cli.mjs');
const folder = mkdtempSync(join(tmpdir(), 'live-launchers-'));

/** Ends with 9 when told to by a signal, so that it shows who passed what on. */
const APP = `
import express from ${express};
const app = express();
app.get('/hello/:name', (req, res) => res.json({ pid: process.pid }));
const server = app.listen(0, '127.0.0.1', () => console.log('listening on ' + server.address().port));
for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => {
  console.log('got ' + signal);
  process.exit(9);
});
`;

/** As `nest start --watch` does: a parent that starts the app through a shell, and again when it changed. */
const PARENT = `
import { spawn } from 'node:child_process';
import { watch } from 'node:fs';
let child, again = false;
function run() {
  again = false;
  child = spawn('exec node --enable-source-maps app.mjs', { stdio: 'inherit', shell: true });
  child.on('exit', (code) => (again ? run() : process.exit(code ?? 1)));
}
run();
watch('app.mjs', () => {
  if (again) return;
  again = true;
  child.kill('SIGTERM');
});
for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => child.kill(signal));
`;

const CLUSTER = `
import cluster from 'node:cluster';
if (cluster.isPrimary) {
  let left = 2;
  const workers = [cluster.fork(), cluster.fork()];
  for (const worker of workers) worker.on('exit', (code) => --left === 0 && process.exit(code));
  for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => {
    for (const worker of workers) worker.process.kill(signal);
  });
} else await import('./app.mjs');
`;

beforeAll(() => {
  build();
  writeFileSync(join(folder, 'package.json'), '{ "type": "module", "scripts": { "dev": "node app.mjs" } }');
  writeFileSync(join(folder, 'app.mjs'), APP);
  writeFileSync(join(folder, 'app.ts'), `${APP}const typed: number = 1;\nvoid typed;\n`);
  writeFileSync(join(folder, 'parent.mjs'), PARENT);
  writeFileSync(join(folder, 'cluster.mjs'), CLUSTER);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Launcher {
  name: string;
  command: string[];
  /** A file that makes it start the app again when it changes. */
  watches?: string;
  workers?: number;
}

const LAUNCHERS: Launcher[] = [
  { name: 'node', command: ['node', 'app.mjs'] },
  { name: 'npm run', command: ['npm', 'run', 'dev'] },
  { name: 'tsx watch', command: ['node', tsx, 'watch', 'app.ts'], watches: 'app.ts' },
  { name: 'node --watch', command: ['node', '--watch', 'app.mjs'], watches: 'app.mjs' },
  { name: 'a watcher that starts a shell', command: ['node', 'parent.mjs'], watches: 'app.mjs' },
  { name: 'a cluster', command: ['node', 'cluster.mjs'], workers: 2 },
];

type Program = ReturnType<typeof startProgram>;

/** The ports of the app, in the order in which they were announced. */
function ports({ out }: Program): string[] {
  return [...out.stdout.matchAll(/listening on (\d+)/g)].map((match) => match[1]!);
}

async function listening(program: Program, times: number): Promise<string[]> {
  await until(() => {
    const { exitCode } = program.child;
    if (exitCode !== null) throw new Error(`ended with ${exitCode}: ${program.out.stderr}`);
    return ports(program).length >= times;
  });
  return ports(program);
}

/** Lines in an order that does not depend on who wrote first, without what differs from run to run. */
function lines(text: string): string[] {
  return text
    .replace(/\d{4,5}/g, 'PORT')
    .split('\n')
    .filter(Boolean)
    .sort();
}

/** By route. An app that was started again listens on another port, and so has one more row. */
async function callsOf(url: string): Promise<Record<string, number>> {
  const { routes } = (await (await fetch(`${url}/api/routes`)).json()) as Json;
  const calls: Record<string, number> = {};
  for (const { method, route, count } of routes) {
    const name = `${method} ${route}`;
    calls[name] = (calls[name] ?? 0) + count;
  }
  return calls;
}

describe.each(LAUNCHERS)('$name', ({ command, watches, workers = 1 }) => {
  it('shows the routes, and runs, prints and ends as it does without us', async () => {
    const plain = startProgram(command, { cwd: folder });
    const watched = start(['--port', '0', ...command], {}, folder);
    const [[port], [plainPort]] = await Promise.all([listening(watched, workers), listening(plain, workers)]);
    const url = /http:\/\/\S+/.exec(watched.out.stderr)![0];
    const pids = new Set<number>();
    // A cluster hands connections out in turn, so each of its workers gets some.
    for (let i = 0; i < 6; i++) {
      const response = await fetch(`http://127.0.0.1:${port}/hello/number${i}`, {
        headers: { connection: 'close' },
      });
      pids.add(((await response.json()) as Json).pid);
    }
    expect(pids.size).toBe(workers);
    let calls = 6;
    await until(async () => (await callsOf(url))['GET /hello/:name'] === calls);

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
      const [again] = await Promise.all([listening(watched, 2), listening(plain, 2)]).finally(() =>
        clearInterval(touching),
      );
      await (await fetch(`http://127.0.0.1:${again.at(-1)}/hello/again`)).json();
      calls++;
    }
    await until(async () => (await callsOf(url))['GET /hello/:name'] === calls);
    expect(await callsOf(url)).toEqual({ 'GET /hello/:name': calls });

    watched.child.kill('SIGTERM');
    plain.child.kill('SIGTERM');
    const [code, plainCode] = await Promise.all([watched.ended, plain.ended]);
    // A shell has 128 and the number for what a signal ended.
    expect(code).toBe(plainCode ?? 143);
    expect(ports(watched)[0]).not.toBe(plainPort);

    const ours = /^routemeter/;
    const told = lines(watched.out.stderr).filter((line) => ours.test(line));
    // One line of our own, then one each time that the app was started: npm, tsx and the rest are silent.
    expect(told.filter((line) => line.startsWith('routemeter: '))).toHaveLength(
      ports(watched).length / workers,
    );
    if (watches === undefined) {
      const theirs = lines(watched.out.stderr).filter((line) => !ours.test(line));
      expect(theirs.filter((line) => !line.startsWith('Watching: '))).toEqual(lines(plain.out.stderr));
      expect(lines(watched.out.stdout)).toEqual(lines(plain.out.stdout));
    }
  });
});

describe('several at once', () => {
  it('take no port twice, and each shows its own app', async () => {
    const runs = Array.from({ length: 3 }, () => start(['--port', '0', 'node', 'app.mjs'], {}, folder));
    const addresses = new Set<string>();
    for (const [i, run] of runs.entries()) {
      const [port] = await listening(run, 1);
      for (const [address] of run.out.stderr.matchAll(/(?:http|udp):\/\/\S+/g)) addresses.add(address);
      addresses.add(`http://127.0.0.1:${port}`);
      for (let call = 0; call <= i; call++) await fetch(`http://127.0.0.1:${port}/hello/x`);
    }
    expect(addresses.size).toBe(9);
    for (const [i, run] of runs.entries()) {
      const url = /http:\/\/\S+/.exec(run.out.stderr)![0];
      await until(async () => (await callsOf(url))['GET /hello/:name'] === i + 1);
    }
  });
});
