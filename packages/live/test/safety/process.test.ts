import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { beforeAll, expect } from 'vitest';
import { scenario, size } from '../../../testkit/src/reliability/scenario.ts';
import { CLI } from '../cli/built.ts';
import { start, startProgram } from '../cli/command.ts';
import { until } from '../helpers.ts';
import { buildAll } from '../page/browser.ts';
import { opened } from './clients.ts';

beforeAll(buildAll);

const FREE = ['--port', '0', '--statsd-port', '0'];
const HELD = 'GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n';

scenario('live-descriptors', [60, 120], async () => {
  // As many as the process has when it listens, and some more.
  const limited = ['sh', '-c', 'ulimit -n 64 && exec "$0" "$@"', process.execPath, CLI, '--no-open', ...FREE];
  const { out, child } = startProgram(limited);
  await until(() => out.stdout.includes('\n'));
  const url = /http:\/\/\S+/.exec(out.stdout)![0];
  const port = Number(new URL(url).port);
  const statsd = Number(/udp:\/\/[^\s:]+:(\d+)/.exec(out.stdout)![1]);
  const rounds = size(1, 10);
  let lines = 0;
  const socket = createSocket('udp4');
  let recoveredMs = 0;
  for (let round = 0; round < rounds; round++) {
    const held = await Promise.all(Array.from({ length: 100 }, () => opened(port)));
    const [first] = held;
    let answers = '';
    first!.on('data', (chunk) => {
      answers += chunk;
    });
    for (const one of held) one.write(HELD);
    await until(() => answers.includes('"ok"'));
    // Everything that the server can be asked for, while it can open nothing.
    for (const path of ['/', '/favicon.svg', '/api/stats', '/metrics', '/api/routes']) {
      first!.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\nAccept: text/html\r\n\r\n`);
    }
    for (let i = 0; i < 20; i++, lines++) socket.send('m:1|c', statsd, '127.0.0.1');
    await until(() => answers.split('HTTP/1.1 200').length === 7);
    expect(answers).toContain('<!doctype html>');
    expect(child.exitCode).toBeNull();
    const began = performance.now();
    for (const one of held) one.destroy();
    await until(async () => (await fetch(`${url}/livez`).catch(() => undefined))?.status === 200);
    recoveredMs = Math.max(recoveredMs, performance.now() - began);
  }
  await until(
    async () => ((await (await fetch(`${url}/api/stats`)).json()) as { lines: number }).lines === lines,
  );
  socket.close();
  expect(out.stderr).toBe('');
  return {
    tried: `${rounds} x 100 connections to a process with 64 file descriptors`,
    saw: 'open connections answered, the page too; new ones once there were descriptors again',
    lost: `nothing of ${lines} lines`,
    recoveredMs,
  };
});

scenario('live-command', [60, 120], async () => {
  const node = (code: string) => start([...FREE, process.execPath, '-e', code]);
  const codes: string[] = [];
  // Ends by itself, by an error, by a signal that cannot be caught.
  for (const [code, expected] of [
    ['process.exit(3)', 3],
    ['process.kill(process.pid, "SIGKILL")', 137],
    ['process.abort()', 134],
    ['setTimeout(() => { throw new Error("out") })', 1],
  ] as const) {
    expect(await node(code).closed).toBe(expected);
    codes.push(String(expected));
  }
  // Hears signals and goes on: so do we, until it ends.
  const stubborn = node(
    'process.on("SIGTERM", () => console.log("heard")); setInterval(() => {}, 1000); console.log("ready", process.pid)',
  );
  await until(() => stubborn.out.stdout.includes('ready'));
  for (let i = 1; i <= 3; i++) {
    stubborn.child.kill('SIGTERM');
    await until(() => stubborn.out.stdout.split('heard').length === i + 1);
  }
  const { url } = await stubborn.addresses('stderr');
  expect((await fetch(`${url}/livez`)).status).toBe(200);
  process.kill(Number(/ready (\d+)/.exec(stubborn.out.stdout)![1]), 'SIGKILL');
  expect(await stubborn.closed).toBe(137);
  // Whoever reads what we print goes away.
  const piped = startProgram([
    'sh',
    '-c',
    '"$0" "$@" | head -n 1',
    process.execPath,
    CLI,
    '--no-open',
    '--json',
    ...FREE,
  ]);
  await until(() => piped.out.stderr.includes('statsd udp://'));
  const port = Number(/statsd udp:\/\/[^\s:]+:(\d+)/.exec(piped.out.stderr)![1]);
  const socket = createSocket('udp4');
  const sending = setInterval(() => socket.send('m:1|c', port, '127.0.0.1'), 20);
  expect(await piped.closed).toBe(0);
  clearInterval(sending);
  socket.close();
  expect(piped.out.stdout.trim().split('\n')).toHaveLength(1);
  expect(piped.out.stderr).not.toMatch(/Error|at /);
  return {
    tried:
      'a command that exits, throws, aborts, is killed, ignores SIGTERM three times; a reader of --json that leaves',
    saw: `its exit code each time (${codes.join(', ')}, 137); no trace of ours on stderr`,
    lost: 'nothing',
  };
});

scenario('live-ports', [60, 60], async () => {
  const holder = createServer();
  holder.listen(0, '127.0.0.1');
  await once(holder, 'listening');
  const { port } = holder.address() as AddressInfo;
  const udp = createSocket('udp4');
  udp.bind(0, '127.0.0.1');
  await once(udp, 'listening');
  const command = [process.execPath, '-e', 'console.log("ran")'];
  // One that is asked for is not replaced; of StatsD's, either half can be taken.
  for (const args of [
    ['--port', String(port), '--statsd-port', '0'],
    ['--port', '0', '--statsd-port', String(port)],
    ['--port', '0', '--statsd-port', String(udp.address().port)],
  ]) {
    for (const more of [[], command]) {
      const run = start([...args, ...more]);
      expect(await run.closed).toBe(1);
      expect(run.out.stderr).toMatch(/^routemeter-live: .* is in use by another program; .*\n$/);
      expect(run.out.stdout).toBe('');
    }
  }
  holder.close();
  udp.close();
  const free = start(['--port', String(port), '--statsd-port', '0', ...command]);
  expect(await free.closed).toBe(0);
  expect(free.out.stdout).toBe('ran\n');
  return {
    tried:
      'the page’s port, and StatsD’s over TCP or UDP, taken by another program, with and without a command',
    saw: 'one line that tells which and the option for another, code 1, the command not started',
    lost: 'nothing',
  };
});
