import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { buildLibrary } from '../../../testkit/src/contract/library.ts';
import { NEST_JOBS, nestJobsFolder } from '../../../testkit/src/contract/nest/jobs.ts';
import { type NodeBinary, suiteNodes } from '../../../testkit/src/nodes.ts';
import { graphqlFolder } from './graphql-servers.ts';

const SAMPLES = /^([a-z._]+):([^|\n]*)\|[^#\n]*#(.*)$/gm;
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

const some = await suiteNodes();

const formatsOf = (nodes: readonly NodeBinary[]) =>
  nodes.flatMap(({ version, path }) =>
    // Node 20 cannot follow what ES modules import.
    (version.startsWith('20.') ? ['cjs'] : ['cjs', 'mjs']).map((format) => ({ version, path, format })),
  );

test.each(formatsOf(some))(
  'under the preload a job that a request schedules never books on its route: Node $version, $format',
  async ({ path, format }) => {
    const library = await buildLibrary('work-preload');
    const script = fileURLToPath(new URL(`./scripts/schedules.${format}`, import.meta.url));
    const { stderr } = await promisify(execFile)(
      path,
      ['--no-warnings', '-r', library.cjs('register'), script],
      {
        env: { ...process.env, ROUTEMETER_URL: 'log:', ROUTEMETER_RUNTIME: 'false' },
        timeout: 60_000,
      },
    );
    const samples = [...stderr.matchAll(SAMPLES)].flatMap(([, metric, values, tags]) =>
      values!.split(':').map((value) => ({ metric, value: Number(value), tags: tags! })),
    );
    const runs: Record<string, number> = {};
    for (const { metric, tags } of samples) {
      if (metric !== 'work.run') continue;
      const name = /work_name:([^,]*)/.exec(tags)![1]!;
      runs[name] = (runs[name] ?? 0) + 1;
    }
    expect(Object.keys(runs).sort()).toEqual(['by cron', 'by croner', 'by node-cron', 'by node-schedule']);
    for (const count of Object.values(runs)) expect(count).toBeGreaterThanOrEqual(2);
    const of = (wanted: RegExp) =>
      samples.filter(({ metric }) => wanted.test(metric!)).map(({ value }) => value);
    expect(of(/^http\.server\.request$/)).toHaveLength(1);
    const jobs = sum(of(/^work\.run\.cpu$/));
    expect(jobs).toBeGreaterThan(8 * 15);
    expect(sum(of(/^http\.server\.cpu_after$/))).toBeLessThan(jobs / 4);
  },
  300_000,
);

test.each(formatsOf(some))(
  'under the preload each procedure of a batch of tRPC is a unit, in one request: Node $version, $format',
  async ({ path, format }) => {
    const library = await buildLibrary('work-preload');
    const script = fileURLToPath(new URL(`./scripts/trpc.${format}`, import.meta.url));
    const { stdout, stderr } = await promisify(execFile)(
      path,
      ['--no-warnings', '-r', library.cjs('register'), script],
      { env: { ...process.env, ROUTEMETER_URL: 'log:', ROUTEMETER_RUNTIME: 'false' }, timeout: 60_000 },
    );
    expect(stdout).toBe('[{"result":{"data":"got"}},{"result":{"data":[]}}]\n');
    const methods = [...stderr.matchAll(/^rpc\.server\.call:.*rpc_method:([^,\n]*)/gm)].map(
      ([, name]) => name,
    );
    expect(methods.sort()).toEqual(['get', 'list']);
    expect(stderr.match(/^http\.server\.request:[^|:]*\|/gm)).toHaveLength(1);
  },
  300_000,
);

test.each(some.flatMap(({ version, path }) => ['cjs', 'mjs'].map((format) => ({ version, path, format }))))(
  'under the preload operations of Apollo, Yoga and Mercurius are units, none of their CPU on a request: Node $version, $format',
  async ({ version, path, format }) => {
    // Mercurius is CommonJS, so that Node 20 sees it in ES modules as well.
    const servers =
      version.startsWith('20.') && format === 'mjs' ? ['mercurius'] : ['apollo', 'yoga', 'mercurius'];
    const library = await buildLibrary('work-preload');
    const folder = await graphqlFolder();
    for (const name of ['graphql.cjs', 'graphql.mjs'])
      await copyFile(new URL(`./scripts/${name}`, import.meta.url), join(folder, name));
    const { stdout, stderr } = await promisify(execFile)(
      path,
      ['--no-warnings', '-r', library.cjs('register'), join(folder, `graphql.${format}`), ...servers],
      { env: { ...process.env, ROUTEMETER_URL: 'log:', ROUTEMETER_RUNTIME: 'false' }, timeout: 60_000 },
    );
    expect(stdout).toBe('slow\nnull\n'.repeat(servers.length));
    const samples = [...stderr.matchAll(SAMPLES)];
    const found = samples
      .filter(([, metric]) => metric === 'graphql.server.operation')
      .flatMap(([, , values, tags]) =>
        values!
          .split(':')
          .map(() => `${/work_name:([^,]*)/.exec(tags!)![1]} ${/outcome:\w+/.exec(tags!)![0]}`),
      );
    const each = ['query broken outcome:error', 'query slow outcome:ok'];
    expect(found.sort()).toEqual(servers.flatMap(() => each).sort());
    const cpuOf = (name: string) =>
      sum(
        samples
          .filter(([, metric]) => metric === `${name}.cpu`)
          .flatMap(([, , values]) => values!.split(':').map(Number)),
      );
    expect(cpuOf('graphql.server.operation')).toBeGreaterThan(45 * servers.length);
    expect(cpuOf('http.server.request')).toBeLessThan(cpuOf('graphql.server.operation'));
    const requests = samples.filter(([, metric]) => metric === 'http.server.request');
    expect(requests.flatMap(([, , values]) => values!.split(':'))).toHaveLength(2 * servers.length);
  },
  300_000,
);

test.each(some)(
  'a process without a server of HTTP tells at its first unit what is followed, once: Node $version',
  async ({ path }) => {
    const library = await buildLibrary('work-preload');
    const script = fileURLToPath(new URL('./scripts/worker.cjs', import.meta.url));
    const run = (env: NodeJS.ProcessEnv) =>
      promisify(execFile)(path, ['--no-warnings', '-r', library.cjs('register'), script], {
        env: { ...process.env, ROUTEMETER_URL: 'log:', ...env },
        timeout: 60_000,
      });
    const { stderr } = await run({});
    expect(stderr.match(/instrumented node-schedule 2[.\d]*$/gm)).toHaveLength(1);
    expect(stderr).toMatch(/^nodejs\./m);
    const served = await run({ SERVES: '1' });
    expect(served.stderr.match(/^routemeter: .*$/gm)).toEqual([
      expect.stringMatching(/^routemeter: instrumented node-schedule 2[.\d]*$/),
    ]);
    const silent = await run({ ROUTEMETER_SILENT: '1' });
    expect(silent.stderr).not.toContain('instrumented');
  },
  300_000,
);

test.each(some)(
  'a process with units of meter.work alone tells so at the first of them, once: Node $version',
  async ({ path }) => {
    const library = await buildLibrary('work-preload');
    const script = fileURLToPath(new URL('./scripts/worked.cjs', import.meta.url));
    const run = (env: NodeJS.ProcessEnv) =>
      promisify(execFile)(path, ['--no-warnings', '-r', library.cjs('register'), script], {
        env: { ...process.env, ROUTEMETER_URL: 'log:', LIBRARY: library.cjs('index'), ...env },
        timeout: 60_000,
      });
    const { stderr } = await run({});
    const line = 'routemeter: no framework or library found, units of work are those of meter.work';
    expect(stderr.split('\n').filter((one) => one.startsWith('routemeter: '))).toEqual([line]);
    expect(stderr).toMatch(/^nodejs\./m);
    const silent = await run({ ROUTEMETER_SILENT: '1' });
    expect(silent.stderr).not.toContain('routemeter: ');
  },
  300_000,
);

// The ES modules of both hand on what is required, so that Node 20 sees it as well.
const sockets = [
  ['socket-io', 'greeted\n', 'greet'],
  ['ws', 'heard hello\n', '/rooms'],
] as const;

test.each(
  some.flatMap(({ version, path }) =>
    ['cjs', 'mjs'].flatMap((format) =>
      sockets.map(([script, answer, name]) => ({ version, path, format, script, answer, name })),
    ),
  ),
)(
  'under the preload an event of $script is a unit, none of it on the request that carried it: Node $version, $format',
  async ({ path, format, script: named, answer, name }) => {
    const library = await buildLibrary('work-preload');
    const script = fileURLToPath(new URL(`./scripts/${named}.${format}`, import.meta.url));
    const { stdout, stderr } = await promisify(execFile)(
      path,
      ['--no-warnings', '-r', library.cjs('register'), script],
      { env: { ...process.env, ROUTEMETER_URL: 'log:', ROUTEMETER_RUNTIME: 'false' }, timeout: 60_000 },
    );
    expect(stdout).toBe(answer);
    const found = [...stderr.matchAll(/^messaging\.process:.*work_name:([^,\n]*)/gm)].map(
      ([, found]) => found,
    );
    expect(found).toEqual([name]);
    const cpuOf = (metric: string) =>
      sum(
        [...stderr.matchAll(SAMPLES)]
          .filter(([, one]) => one === `${metric}.cpu`)
          .flatMap(([, , values]) => values!.split(':').map(Number)),
      );
    if (named === 'socket-io') expect(stderr).toMatch(/^http\.server\.request:/m);
    expect(cpuOf('http.server.request')).toBeLessThan(cpuOf('messaging.process') / 2);
  },
  300_000,
);

test.each(some)(
  'a version of a library that lacks what is looked for in it loads all the same: Node $version',
  async ({ path }) => {
    const library = await buildLibrary('work-preload');
    const folder = await mkdtemp(join(tmpdir(), 'routemeter-names-'));
    try {
      const own = join(folder, 'node-cron');
      await mkdir(join(own, 'dist'), { recursive: true });
      const manifest = { name: 'node-cron', version: '4.99.0', type: 'module' };
      await writeFile(join(own, 'package.json'), JSON.stringify(manifest));
      await writeFile(join(own, 'dist/_shared.js'), 'export const told = "loaded"\n');
      const script = join(folder, 'app.mjs');
      await writeFile(script, "import { told } from './node-cron/dist/_shared.js'\nconsole.log(told)\n");
      const args = ['--no-warnings', '-r', library.cjs('register'), script];
      const { stdout } = await promisify(execFile)(path, args, {
        env: { ...process.env, ROUTEMETER_URL: 'log:', ROUTEMETER_RUNTIME: 'false' },
      });
      expect(stdout).toBe('loaded\n');
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
  300_000,
);

test.each(
  some.flatMap(({ version, path }) =>
    // Nest 12 is ES modules, which Node 20 cannot follow.
    NEST_JOBS.filter((major) => major === 11 || !version.startsWith('20.')).map((major) => ({
      version,
      path,
      major,
    })),
  ),
)(
  'under the preload schedules, messages and events of NestJS $major are each one unit: Node $version',
  async ({ path, major }) => {
    const library = await buildLibrary('work-preload');
    const script = fileURLToPath(new URL('./scripts/nest.mjs', import.meta.url));
    const { stdout, stderr } = await promisify(execFile)(
      path,
      ['--no-warnings', '-r', library.cjs('register'), script, await nestJobsFolder(major)],
      { env: { ...process.env, ROUTEMETER_URL: 'log:', ROUTEMETER_RUNTIME: 'false' }, timeout: 60_000 },
    );
    const runs = JSON.parse(stdout) as Record<string, number>;
    const counted: Record<string, number> = {};
    for (const [, values, name] of stderr.matchAll(
      /^(?:work\.run|rpc\.server\.call|messaging\.process):([^|]*)\|.*work_name:([^,\n]*)/gm,
    ))
      counted[name!] = (counted[name!] ?? 0) + values!.split(':').length;
    expect(counted).toEqual(runs);
    expect(stderr).toContain(`@nestjs/microservices ${major}.`);
  },
  300_000,
);
