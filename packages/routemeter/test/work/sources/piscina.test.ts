import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { buildLibrary } from '../../../../testkit/src/contract/library.ts';
import { installedFolder } from '../../../../testkit/src/installed.ts';
import { suiteNodes } from '../../../../testkit/src/nodes.ts';

const SAMPLES = /^([a-z._]+):([^|\n]*)\|[^#\n]*#(.*)$/gm;
const nodes = await suiteNodes();
const folder = await installedFolder('piscina', { private: true, dependencies: { piscina: '5.3.2' } });
const library = await buildLibrary('piscina');
const script = fileURLToPath(new URL('../scripts/piscina.cjs', import.meta.url));

/** What the tasks of each owner used by the clocks of their threads, and what is sent of it. */
async function run(path: string, args: readonly string[], env: Record<string, string> = {}) {
  const { stdout, stderr } = await promisify(execFile)(path, ['--no-warnings', ...args, script, folder], {
    env: {
      PATH: process.env.PATH,
      ROUTEMETER_URL: 'log:',
      ROUTEMETER_RUNTIME: 'false',
      LIBRARY: library.cjs('index'),
      ...env,
    },
    timeout: 60_000,
  });
  const sent: Record<string, number> = {};
  const metrics: Record<string, string> = {};
  for (const [, metric, values, tags] of stderr.matchAll(SAMPLES)) {
    if (!metric!.endsWith('cpu_remote')) continue;
    const owner = /(?:http_route|work_name):([^,]*)/.exec(tags!)![1]!;
    sent[owner] = (sent[owner] ?? 0) + values!.split(':').reduce((sum, one) => sum + Number(one), 0);
    metrics[owner] = metric!;
  }
  return { used: JSON.parse(stdout) as Record<string, number>, sent, metrics, stderr };
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
    const { used, sent, metrics } = await run(path, args, env);
    const { nobody, ...owned } = used;
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
  60_000,
);

test('several tasks at once in a thread share what it used: nothing is lost or counted twice', async () => {
  const { path } = nodes.at(-1)!;
  const { used, sent } = await run(path, ['-r', library.cjs('register')], { AT_ONCE: '4' });
  const total = (all: Record<string, number>) => Object.values(all).reduce((sum, ms) => sum + ms, 0);
  expect(Object.keys(sent)).toEqual(expect.arrayContaining(Object.keys(used)));
  expect(total(sent) / total(used)).toBeGreaterThan(0.95);
  expect(total(sent) / total(used)).toBeLessThan(1.1);
}, 60_000);
