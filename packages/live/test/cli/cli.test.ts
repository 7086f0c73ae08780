import { spawnSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Json, until } from '../helpers.ts';
import { build, CLI } from './built.ts';
import { start } from './command.ts';

beforeAll(build);

const anywhere = ['--port', '0', '--statsd-port', '0'];
const get = async (url: string) => (await (await fetch(url)).json()) as Json;

async function send(port: number, text: string): Promise<void> {
  const socket = createSocket('udp4');
  await new Promise((resolve) => socket.send(text, port, '127.0.0.1', resolve));
  socket.close();
}

describe('alone', () => {
  it('prints both addresses, then nothing, and ends with a signal', async () => {
    const run = start(anywhere);
    const { url, port } = await run.addresses('stdout');
    expect(await get(`${url}/livez`)).toEqual({ status: 'ok' });
    await send(port, 'm:1|c\nbad');
    await until(async () => (await get(`${url}/api/stats`)).lines === 2);
    const before = run.out.stdout;
    run.child.kill('SIGTERM');
    expect(await run.closed).toBe(0);
    expect(run.out).toEqual({ stdout: before, stderr: '' });
  });

  it('serves the page that was built, and its views', async () => {
    const run = start(anywhere);
    const { url } = await run.addresses('stdout');
    const html = await (await fetch(url)).text();
    expect(html).toContain('<script type="module"');
    expect(html).not.toMatch(/<script[^>]*>[^<]/);
    const view = await fetch(`${url}/route/GET/users`, { headers: { accept: 'text/html' } });
    expect(await view.text()).toBe(html);
    const asset = /(?:src|href)="\.?(\/assets\/[^"]+\.js)"/.exec(html)![1]!;
    expect((await fetch(url + asset)).headers.get('content-type')).toContain('javascript');
    expect((await fetch(`${url}/assets/nothing.js`)).status).toBe(404);
  });

  it('prints every line as JSON with --json', async () => {
    const run = start([...anywhere, '--json'], {});
    await until(() => run.out.stdout !== '' || run.out.stderr !== '');
    const port = Number(/udp:\/\/127\.0\.0\.1:(\d+)/.exec(run.out.stderr)![1]);
    await send(port, 'm:1:2|d|@0.5|#a:b,c\nu:x:y|s\n_sc|db|0\n_e{1,1}:a|b\nbad');
    await until(() => run.out.stdout.trim().split('\n').length === 5);
    const lines = run.out.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines[0]).toEqual({
      kind: 'metric',
      name: 'm',
      type: 'distribution',
      values: [1, 2],
      sampleRate: 0.5,
      timestamp: null,
      tags: ['a:b', 'c'],
    });
    expect(lines.map(({ kind }) => kind)).toEqual(['metric', 'metric', 'service_check', 'event', 'rejected']);
  });

  it('takes every option from the environment too', async () => {
    const run = start([], {
      ROUTEMETER_LIVE_PORT: '0',
      ROUTEMETER_LIVE_STATSD_PORT: '0',
      ROUTEMETER_LIVE_RETENTION: '2m',
    });
    const { url } = await run.addresses('stdout');
    const response = await fetch(`${url}/api/stream`);
    const first = new TextDecoder().decode((await response.body!.getReader().read()).value);
    expect(first).toContain('"retention":120');
  });

  it('says in one line that a port is in use, and how to choose another', async () => {
    const other = createServer();
    other.listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as { port: number };
    for (const [flag, args] of [
      ['--port', ['--port', `${port}`, '--statsd-port', '0']],
      ['--statsd-port', ['--port', '0', '--statsd-port', `${port}`]],
    ] as const) {
      const run = start([...args]);
      expect(await run.closed).toBe(1);
      expect(run.out.stdout).toBe('');
      expect(run.out.stderr.trim().split('\n')).toHaveLength(1);
      expect(run.out.stderr).toContain(String(port));
      expect(run.out.stderr).toContain(flag);
    }
    other.close();
  });

  it.each([
    [['--port', 'x'], 'x'],
    [['--port', '70000'], '70000'],
    [['--retention', 'soon'], 'soon'],
    [['--max-series', '0'], '0'],
    [['--forward', 'http://x'], 'http://x'],
    [['--nope'], '--nope'],
  ])('says in one line what is wrong with %j', (args, value) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [CLI, ...args], { encoding: 'utf8' });
    expect(status).toBe(2);
    expect(stdout).toBe('');
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(stderr).toContain(value);
  });

  it('answers --help and --version', () => {
    const run = (flag: string) => spawnSync(process.execPath, [CLI, flag], { encoding: 'utf8' });
    expect(run('--help')).toMatchObject({ status: 0, stdout: expect.stringContaining('--statsd-port') });
    expect(run('--version').stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});

describe('with a command', () => {
  const shell = (script: string) => ['sh', '-c', script];

  it('leaves its output and its options alone, and passes its exit code on', async () => {
    const run = start(['--port', '0', ...shell('echo out; echo err >&2; exit 7'), '--port', 'mine']);
    expect(await run.closed).toBe(7);
    expect(run.out.stdout).toBe('out\n');
    expect(run.out.stderr).toMatch(/^routemeter-live: page http:.* udp:.*\n[\s\S]*err\n$/);
  });

  it('gives it the address and the preload, beside what NODE_OPTIONS held', async () => {
    const run = start(['--port', '0', ...shell('echo "$ROUTEMETER_LIVE_URL"; echo "$NODE_OPTIONS"')], {
      NODE_OPTIONS: '--no-warnings',
    });
    await run.closed;
    const [udp, options] = run.out.stdout.split('\n');
    expect(run.out.stderr).toContain(udp);
    expect(options).toMatch(/^--import file:\/\/\S+ --no-warnings$/);
  });

  it('loses nothing that the command sent with its last breath', async () => {
    const script = `
      const socket = require('node:dgram').createSocket('udp4');
      socket.connect(new URL(process.env.ROUTEMETER_LIVE_URL.replace('udp:', 'http:')).port, '127.0.0.1', () => {
        let left = 500;
        for (let i = 0; i < 500; i++) socket.send('last:1|c', () => --left || process.exit(3));
      });`;
    const run = start(['--port', '0', '--json', process.execPath, '-e', script]);
    expect(await run.closed).toBe(3);
    expect(
      run.out.stdout
        .trim()
        .split('\n')
        .filter((line) => line.includes('"last"')),
    ).toHaveLength(500);
  });

  it.each(['SIGTERM', 'SIGHUP', 'SIGINT'] as const)(
    'hands %s on and ends as the command does',
    async (signal) => {
      const own = start([
        '--port',
        '0',
        ...shell(`trap 'echo got; exit 5' ${signal.slice(3)}; echo ready; while :; do sleep 0.05; done`),
      ]);
      await until(() => own.out.stdout.includes('ready'));
      own.child.kill(signal);
      expect(await own.closed).toBe(5);
      expect(own.out.stdout).toContain('got');
      const plain = start(['--port', '0', ...shell('echo ready; exec sleep 60')]);
      await until(() => plain.out.stdout.includes('ready'));
      plain.child.kill(signal);
      expect(await plain.closed).toBe({ SIGTERM: 143, SIGHUP: 129, SIGINT: 130 }[signal]);
    },
  );

  it('takes another port for the page when the usual one is in use, and not when it was asked for', async () => {
    const first = start(['--port', '0', ...shell('echo ready; exec sleep 60')]);
    await until(() => first.out.stdout.includes('ready'));
    const { url } = await first.addresses('stderr');
    const { port } = new URL(url);
    const asked = start(['--port', port, ...shell('echo never')]);
    expect(await asked.closed).toBe(1);
    expect(asked.out.stdout).toBe('');
    // Two with the usual port at once: whoever has it, both run.
    const both = [start(shell('echo ready; exec sleep 60')), start(shell('echo ready; exec sleep 60'))];
    const urls: string[] = [];
    for (const one of both) {
      await until(() => one.out.stdout.includes('ready'));
      urls.push((await one.addresses('stderr')).url);
    }
    expect(new Set(urls).size).toBe(2);
  });

  it('says in one line that there is no such program', async () => {
    const run = start(['--port', '0', 'no-such-program-here']);
    expect(await run.closed).toBe(127);
    expect(run.out.stderr).toContain('cannot run no-such-program-here: there is no such program');
  });
});
