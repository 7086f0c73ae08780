import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Collector } from '../../../testkit/src/contract/collector.ts';
import { buildLibrary } from '../../../testkit/src/contract/library.ts';
import { repositoryRoot } from '../../../testkit/src/root.ts';
import type { Finding } from '../../src/cli/doctor/finding.ts';
import { checkNode } from '../../src/cli/doctor/node.ts';
import { isPossible } from '../../src/register/es-modules.ts';
import { UNIT_PLACES } from '../../src/work/sources/places.ts';

interface Ended {
  code: number;
  stdout: string;
  stderr: string;
}

let cli: string;
let folder: string;
beforeAll(async () => {
  cli = (await buildLibrary('doctor')).esm('cli');
  folder = await mkdtemp(join(tmpdir(), 'routemeter-doctor-test-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function doctor(args: readonly string[], env: Record<string, string> = {}, cwd = folder): Promise<Ended> {
  return new Promise((resolve) => {
    const own = { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '', ...env };
    execFile(process.execPath, [cli, 'doctor', ...args], { cwd, env: own }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}

async function findings(args: readonly string[], env: Record<string, string>, cwd = folder) {
  const ended = await doctor(['--json', ...args], env, cwd);
  const { ok, findings } = JSON.parse(ended.stdout) as { ok: boolean; findings: Finding[] };
  const of = (check: Finding['check']) => findings.filter((finding) => finding.check === check);
  return { ...ended, ok, of };
}

/** A project with these packages as if they were installed. */
async function project(packages: Record<string, string>, manifest: object = {}): Promise<string> {
  const path = await mkdtemp(join(folder, 'project-'));
  await writeFile(join(path, 'package.json'), JSON.stringify({ name: 'app', ...manifest }));
  for (const [as, spec] of Object.entries(packages)) {
    const at = spec.lastIndexOf('@');
    const target = join(path, 'node_modules', as);
    await mkdir(target, { recursive: true });
    const own = { name: spec.slice(0, at), version: spec.slice(at + 1) };
    await writeFile(join(target, 'package.json'), JSON.stringify(own));
  }
  return path;
}

describe('routemeter doctor', () => {
  test('tells which frameworks are supported, under aliases too, and what measures beside us', async () => {
    const cwd = await project(
      {
        express: 'express@5.3.0',
        express4: 'express@4.22.3',
        fastify: 'fastify@3.29.5',
        next: 'next@16.0.0',
        'dd-trace': 'dd-trace@5.0.0',
      },
      { dependencies: { express4: 'npm:express@^4' } },
    );
    const { code, ok, of } = await findings([], { ROUTEMETER_URL: 'null:' }, cwd);
    expect(of('framework').map(({ level, facts }) => [facts.as, facts.version, level])).toEqual([
      ['express', '5.3.0', 'ok'],
      ['fastify', '3.29.5', 'note'],
      ['next', '16.0.0', 'ok'],
      ['express4', '4.22.3', 'ok'],
    ]);
    expect(of('neighbour').map(({ facts }) => facts.name)).toEqual(['dd-trace']);
    expect(of('node')[0]).toMatchObject({ facts: { version: process.versions.node } });
    expect(of('cpu')[0]?.facts.mode).toMatch(/^(exact|wall)$/);
    expect([code, ok]).toEqual([0, true]);
  });

  test('tells where Hono takes the middleware', async () => {
    const cwd = await project({ hono: 'hono@4.13.19', koa: 'koa@3.3.0' }, {});
    const { of } = await findings([], { ROUTEMETER_URL: 'null:' }, cwd);
    const texts = of('framework').map(({ facts, text }) => [facts.name, /honoMeter\(\) alone/.test(text)]);
    expect(texts).toEqual(
      expect.arrayContaining([
        ['hono', !isPossible(process.versions.node)],
        ['koa', false],
      ]),
    );
  });

  test('tells of every library of units whether it is followed, what stays unnamed, and the remedy', async () => {
    const known = Object.values(UNIT_PLACES).flat();
    const newest = Object.fromEntries(
      known.map(({ package: name, majors }) => [name, `${name}@${majors.at(-1)}.17.0`]),
    );
    const cwd = await project({ ...newest, 'graphql-yoga': 'graphql-yoga@5.24.0' });
    const all = (await findings([], { ROUTEMETER_URL: 'null:' }, cwd)).of('unit');
    expect(all.map(({ facts }) => facts.name).sort()).toEqual(Object.keys(newest).sort());
    expect(all.filter(({ level }) => level !== 'ok')).toEqual([]);
    for (const { text } of all) expect(text).toMatch(/: .* (?:are units of work|is charged to who asked)/);
    const worker = await project({
      amqplib: 'amqplib@0.9.1',
      bull: 'bull@4.16.5',
      'graphile-worker': 'graphile-worker@0.18.0',
      piscina: 'piscina@4.9.2',
      '@types/aws-lambda': '@types/aws-lambda@8.10.150',
    });
    const { of, ok } = await findings([], { ROUTEMETER_URL: 'null:' }, worker);
    expect(ok).toBe(true);
    const remedy = 'what it hands over has no name: wrap its handlers by meter.worked()';
    expect(of('unit').map(({ level, text }) => [level, text])).toEqual([
      ['note', `amqplib 0.9.1: not followed (supported: 0 (from 0.10), 1, 2); ${remedy}`],
      ['note', `graphile-worker 0.18.0: not followed (supported: 0 (from 0.17, before 0.18)); ${remedy}`],
      ['note', 'piscina 4.9.2: not followed (supported: 5); CPU of its threads is charged to nobody'],
      ['note', `bull 4.16.5: not followed; ${remedy}`],
      [
        'note',
        'AWS Lambda (@types/aws-lambda 8.10.150): invocations are units by one line, handler = lambdaMeter(handler)',
      ],
    ]);
  });

  test('says so where there is no framework', async () => {
    const { stdout, code } = await doctor([], { ROUTEMETER_URL: 'null:' });
    expect(stdout).toMatch(/^note +no framework found/m);
    expect(code).toBe(0);
  });

  test('finds a closed UDP port', async () => {
    const collector = await Collector.open();
    const { url } = collector;
    collector.close();
    const { code, ok, of, stderr } = await findings([], { ROUTEMETER_URL: url });
    expect(stderr).toBe('');
    expect(of('target')).toMatchObject([{ level: 'problem', facts: { url, answer: 'refused' } }]);
    expect([code, ok]).toEqual([1, false]);
  });

  test('does not claim that somebody listens where UDP stays silent, and sends nothing that counts', async () => {
    const collector = await Collector.open();
    const { code, of } = await findings([], { ROUTEMETER_URL: collector.url });
    expect(of('target')).toMatchObject([{ level: 'unknown', facts: { answer: 'silent' } }]);
    expect(collector.lines).toEqual([]);
    collector.close();
    expect(code).toBe(0);
  });

  test('asks TCP servers and Unix sockets', async () => {
    const server = createServer((socket) => socket.end()).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    const open = await findings([], { ROUTEMETER_URL: `tcp://127.0.0.1:${port}` });
    expect(open.of('target')).toMatchObject([{ level: 'ok', facts: { answer: 'connected' } }]);
    server.close();
    const closed = await findings([], { ROUTEMETER_URL: `tcp://127.0.0.1:${port}` });
    expect(closed.of('target')).toMatchObject([{ level: 'problem', facts: { answer: 'refused' } }]);
    const none = await findings([], { ROUTEMETER_URL: `unix://${folder}/none.sock` });
    expect(none.of('target')).toMatchObject([{ level: 'problem', facts: { answer: 'refused' } }]);
  });

  test('tells that packing is off for a server that reads one value a line', async () => {
    const { of } = await findings([], { ROUTEMETER_URL: 'null:', ROUTEMETER_SERVER: 'vector' });
    expect(of('configuration')).toMatchObject([{ level: 'ok', facts: { server: 'vector', pack: false } }]);
    expect(of('configuration')[0]!.text).toContain('packing off (vector reads one value a line)');
    const datadog = await findings([], { ROUTEMETER_URL: 'null:' });
    expect(datadog.of('configuration')[0]!.text).toContain('packing on');
  });

  test('shows a wrong environment', async () => {
    const { code, of } = await findings([], { ROUTEMETER_URL: 'null:', ROUTEMETER_SERVER: 'nagios' });
    expect(of('configuration')[0]).toMatchObject({ level: 'problem' });
    expect(of('configuration')[0]!.text).toContain('ROUTEMETER_SERVER="nagios"');
    expect(code).toBe(1);
  });

  test.each([
    [['--jsno'], /--jsno/],
    [['--'], /no command after --/],
    [['--', 'no-such-program-here'], /cannot run no-such-program-here/],
  ])('a command line that makes no sense: %j', async (args, message) => {
    const { code, stdout, stderr } = await doctor(args, { ROUTEMETER_URL: 'null:' });
    expect(code).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toMatch(message);
  });
});

describe('routemeter doctor -- command', () => {
  const program = (name: string) => join(repositoryRoot(), 'packages/routemeter/test/cli/fixtures', name);

  test('runs it under the preload and tells what was hooked, and what it would cost', async () => {
    const collector = await Collector.open();
    const env = {
      ROUTEMETER_URL: collector.url,
      ROUTEMETER_CPU: 'off',
      ROUTEMETER_RUNTIME: 'false',
      NODE_OPTIONS: '--no-deprecation',
    };
    const ran = await findings(['--', process.execPath, program('served.cjs')], env);
    expect(ran.stderr).toContain('the app says served 3');
    const [hooked, recorded] = ran.of('command');
    expect(hooked).toMatchObject({ level: 'ok', facts: { early: [], unsupported: [] } });
    expect(hooked!.facts.instrumented).toContain('express 5.3.0');
    const { series, customMetrics, samples, urls } = recorded!.facts as Record<string, number>;
    // Two routes, each with its wall time, of five custom metrics.
    expect([series, customMetrics, samples]).toEqual([2, 10, 3]);
    expect(urls).toEqual([collector.url]);
    expect(ran.code).toBe(0);
    expect(await collector.requests(3)).toHaveLength(3);
    collector.close();
  });

  test('tells of units of work where nothing serves HTTP', async () => {
    const worker = fileURLToPath(new URL('../work/scripts/worker.cjs', import.meta.url));
    const { code, of } = await findings(['--', process.execPath, worker], {
      ROUTEMETER_URL: 'null:',
    });
    expect(code).toBe(0);
    const [told] = of('command');
    expect(told).toMatchObject({ level: 'ok', facts: { instrumented: ['node-schedule 2.1.1'] } });
    expect(told!.text).toMatch(/^process \d+: no requests; units of work of node-schedule 2\.1\.1$/);
  });

  test('gives the exit code of a command that fails, and tells that nothing served', async () => {
    const args = ['--', process.execPath, '-e', 'console.log("hello"); process.exit(7)'];
    const { code, stderr, of } = await findings(args, { ROUTEMETER_URL: 'null:' });
    expect(code).toBe(7);
    expect(stderr).toBe('hello\n');
    expect(of('command')).toMatchObject([{ level: 'problem', facts: { exitCode: 7, processes: 0 } }]);
  });
});

test.each([
  ['18.20.0', 'problem'],
  ['20.18.3', 'problem'],
  ['20.19.0', 'ok'],
  ['21.0.0', 'note'],
  ['24.1.0', 'ok'],
  ['26.10.0', 'ok'],
  ['28.0.0', 'note'],
])('Node %s: %s', (version, level) => {
  expect(checkNode(version).level).toBe(level);
});
