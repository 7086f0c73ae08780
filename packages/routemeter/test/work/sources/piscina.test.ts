import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { buildLibrary } from '../../../../testkit/src/contract/library.ts';
import { installedFolder } from '../../../../testkit/src/installed.ts';
import { suiteNodes } from '../../../../testkit/src/nodes.ts';
import { isFull } from '../handled.ts';

const SAMPLES = /^([a-z._]+):([^|\n]*)\|[^#\n]*#(.*)$/gm;
const nodes = await suiteNodes();
const folder = await installedFolder('piscina', { private: true, dependencies: { piscina: '5.3.2' } });
const library = await buildLibrary('piscina');
const scriptOf = (name: string) => fileURLToPath(new URL(`../scripts/${name}.cjs`, import.meta.url));

/** What the tasks of each owner used by the clocks of their threads, and what is sent of it. */
async function run(
  path: string,
  args: readonly string[],
  env: Record<string, string> = {},
  name = 'piscina',
) {
  const { stdout, stderr } = await promisify(execFile)(
    path,
    ['--no-warnings', ...args, scriptOf(name), folder],
    {
      env: {
        PATH: process.env.PATH,
        ROUTEMETER_URL: 'log:',
        ROUTEMETER_RUNTIME: 'false',
        LIBRARY: library.cjs('index'),
        ...env,
      },
      timeout: 60_000,
    },
  );
  const sent: Record<string, number> = {};
  const metrics: Record<string, string> = {};
  for (const [, metric, values, tags] of stderr.matchAll(SAMPLES)) {
    if (!metric!.endsWith('cpu_remote')) continue;
    const owner = /(?:http_route|work_name):([^,]*)/.exec(tags!)![1]!;
    sent[owner] = (sent[owner] ?? 0) + values!.split(':').reduce((sum, one) => sum + Number(one), 0);
    metrics[owner] = metric!;
  }
  return { printed: JSON.parse(stdout), sent, metrics, stderr };
}

test.each(
  nodes.flatMap(({ version, path }) => [
    { version, path, by: 'the preload', args: ['-r', library.cjs('register')], env: {} },
    {
      version,
      path,
      by: 'one line',
      args: [],
      env: { UNITS: library.cjs('units'), HTTP: library.cjs('http') },
    },
  ]),
)(
  'the CPU of a task is charged to the unit that asked for it, and to no other: Node $version, by $by',
  async ({ path, args, env }) => {
    const { printed, sent, metrics } = await run(path, args, env);
    const { nobody, ...owned } = printed as Record<string, number>;
    expect(nobody).toBeGreaterThan(0);
    expect(Object.keys(owned).sort()).toEqual(['/late', '/short', '/slow', 'resize']);
    // Whatever failed has used next to nothing.
    const { '/failing': failing = 0, ...told } = sent;
    expect(failing).toBeLessThan(owned['/short']! / 4);
    expect(Object.keys(told).sort()).toEqual(Object.keys(owned).sort());
    for (const [owner, ms] of Object.entries(owned)) {
      expect(told[owner]! / ms, owner).toBeGreaterThan(0.95);
      expect(told[owner]! / ms, owner).toBeLessThan(owner === '/short' ? 1.15 : 1.05);
    }
    expect(metrics).toMatchObject({ '/slow': 'http.server.cpu_remote', resize: 'messaging.cpu_remote' });
  },
  300_000,
);

test('several tasks at once in a thread share what it used: nothing is lost or counted twice', async () => {
  const { path } = nodes.at(-1)!;
  const { printed: used, sent } = await run(path, ['-r', library.cjs('register')], { AT_ONCE: '4' });
  const total = (all: Record<string, number>) => Object.values(all).reduce((sum, ms) => sum + ms, 0);
  expect(Object.keys(sent)).toEqual(expect.arrayContaining(Object.keys(used)));
  expect(total(sent) / total(used)).toBeGreaterThan(0.95);
  expect(total(sent) / total(used)).toBeLessThan(1.1);
});

const ROUNDS = isFull ? 10 : 2;
test(`tasks of ${ROUNDS * 200} jobs over 20 names, 50 at once beside HTTP traffic: counted exactly, CPU on its own`, async () => {
  const { path } = nodes.at(-1)!;
  const env = { ROUNDS: String(ROUNDS) };
  const { printed, sent, stderr } = await run(path, ['-r', library.cjs('register')], env, 'piscina-many');
  const { used, counts, jobs } = printed as { used: Record<string, number>; counts: object; jobs: number };
  expect(counts).toEqual({ ok: ROUNDS * 160 + 10, failed: ROUNDS * 40, late: ROUNDS * 20 });
  const counted: Record<string, number> = {};
  for (const [, metric, values, tags] of stderr.matchAll(SAMPLES)) {
    if (metric !== 'messaging.process') continue;
    const name = /work_name:([^,]*)/.exec(tags!)![1]!;
    counted[name] = (counted[name] ?? 0) + values!.split(':').length;
  }
  const { '/thumbnail': onRoute, ...ofJobs } = used;
  expect(counted).toEqual(Object.fromEntries(Object.keys(ofJobs).map((name) => [name, jobs / 20])));
  // Beside what failed and what a thread does around each task, which are little.
  expect(Object.keys(sent).sort()).toEqual(Object.keys(used).sort());
  const total = (all: Record<string, number>) =>
    Object.entries(all).reduce((sum, [name, ms]) => sum + (name === '/thumbnail' ? 0 : ms), 0);
  expect(total(sent) / total(ofJobs)).toBeGreaterThan(0.95);
  expect(total(sent) / total(ofJobs)).toBeLessThan(1.05);
  expect(sent['/thumbnail']! / onRoute!).toBeGreaterThan(0.95);
  expect(sent['/thumbnail']! / onRoute!).toBeLessThan(1.05);
});
