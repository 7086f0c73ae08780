import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, it } from 'vitest';
// @ts-expect-error: a script without types
import { measureInstructions, measureMoreInstructions } from '../process/instructions.mjs';
// @ts-expect-error: a script without types
import { measureProcess } from '../process/main.mjs';
// @ts-expect-error: a script without types
import { measureProfile } from '../process/profile.mjs';
// @ts-expect-error: a script without types
import { measureProfilers } from '../profilers/main.mjs';
import { built } from './built.ts';

const node = process.execPath;
const log = () => {};
const hasValgrind = spawnSync('valgrind', ['--version']).error === undefined;

beforeAll(built);

it('measures requests without a network, floors among them', async () => {
  const only = ['bare', 'floor: an empty layer', 'Routemeter, wall'];
  const { rounds, missing } = await measureProcess({ node, size: 'tiny', rounds: 1, only, log });
  expect(missing).toEqual({});
  for (const framework of ['express', 'fastify']) {
    expect(Object.keys(rounds[0][framework]).sort()).toEqual([...only].sort());
    for (const { hello } of Object.values<{ hello: number }>(rounds[0][framework]))
      expect(hello).toBeGreaterThan(0);
  }
});

it('measures an earlier build where one is given, from its own folder', async () => {
  const only = ['Routemeter before, wall'];
  const measured = async () => (await measureProcess({ node, size: 'tiny', rounds: 1, only, log })).rounds[0];
  expect(await measured()).toEqual({ express: {}, fastify: {} });
  process.env.BENCH_BEFORE = fileURLToPath(new URL('../../packages/routemeter', import.meta.url));
  try {
    const { express, fastify } = await measured();
    for (const found of [express, fastify]) expect(found[only[0]!].hello).toBeGreaterThan(0);
  } finally {
    delete process.env.BENCH_BEFORE;
  }
});

it.each(['express', 'fastify', 'koa', 'hono', 'hapi', 'nest'])(
  'asks an app of %s without a network',
  async (name) => {
    const here = createRequire(import.meta.url);
    const { Clients } = here('../../packages/testkit/src/clients.cjs');
    const server = await here(`../http/apps/${name}.cjs`)({
      plug() {},
      timed: (_name: string, fn: () => void) => fn(),
    });
    if (!server.listening) await once(server, 'listening');
    const asked: string[] = [];
    server.on('request', ({ url }: { url: string }) => asked.push(url));
    await new Clients(server, ['/users/1', '/awaits/2', '/blocks/3']).send(4);
    expect(asked.sort()).toEqual(['/awaits/2', '/blocks/3', '/users/1', '/users/1']);
    server.close();
  },
);

it('tells whose code the CPU goes to', async () => {
  const { groups, functions } = await measureProfile({ node, size: 'tiny', rounds: 1, log });
  expect(groups.bare).not.toHaveProperty('Routemeter');
  expect(groups['Routemeter, wall'].Express).toBeGreaterThan(0);
  expect(groups['Routemeter, exact CPU'].Routemeter).toBeGreaterThan(0);
  expect(Object.keys(functions['Routemeter, exact CPU']).length).toBeGreaterThan(0);
});

it.skipIf(!hasValgrind)(
  'counts the instructions of requests',
  async () => {
    const only = ['bare'];
    const { subjects, missing } = await measureInstructions({ node, size: 'tiny', only, log });
    expect(missing).toEqual({});
    expect(subjects.bare).toBeGreaterThan(10_000);
    const rows = [{ framework: 'fastify', routes: 30, only: ['bare', 'Routemeter, exact CPU'] }];
    const more = await measureMoreInstructions({ node, size: 'tiny', log, rows });
    expect(more.missing).toEqual({});
    // Each route once a round.
    expect(more.rows).toMatchObject([{ framework: 'fastify', handler: 'hello', routes: 30, requests: 30 }]);
    const [{ subjects: counted }] = more.rows;
    expect(counted.bare).toBeGreaterThan(10_000);
    expect(counted['Routemeter, exact CPU']).toBeGreaterThan(counted.bare);
  },
  600_000,
);

it('says where there is no valgrind', async () => {
  const { PATH } = process.env;
  process.env.PATH = '/nowhere';
  try {
    expect(await measureInstructions({ node, size: 'tiny', log })).toMatchObject({
      subjects: {},
      missing: 'there is no valgrind here',
    });
    expect(await measureMoreInstructions({ node, size: 'tiny', log })).toMatchObject({
      rows: [],
      missing: 'there is no valgrind here',
    });
  } finally {
    process.env.PATH = PATH;
  }
});

it('measures a process before, while and after it is profiled', async () => {
  const { rounds, missing } = await measureProfilers({ node, size: 'tiny', rounds: 1, log });
  expect(missing).toEqual({});
  const subjects = ['no profiler', 'Routemeter', '@datadog/pprof', '@pyroscope/nodejs'];
  expect(Object.keys(rounds[0]).sort()).toEqual([...subjects].sort());
  for (const name of subjects) {
    expect(rounds[0][name].length, name).toBe(2);
    for (const [turn, { before, during, after, start, stop }] of rounds[0][name].entries()) {
      expect([before.length, during.length, after.length], name).toEqual([turn === 0 ? 4 : 1, 2, 1]);
      for (const us of [...before, ...during, ...after]) expect(us, name).toBeGreaterThan(0);
      expect(start, name).toBeGreaterThanOrEqual(0);
      expect(stop, name).toBeGreaterThanOrEqual(0);
    }
  }
});
