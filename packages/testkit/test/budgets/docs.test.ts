import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadBudgets, samplesNeeded } from '../../../routemeter/src/budgets/index.ts';
import { readYaml } from '../../../routemeter/src/budgets/yaml.ts';
import { repositoryRoot } from '../../src/root.ts';

const ROOT = repositoryRoot();
const text = readFileSync(join(ROOT, 'docs/budgets.md'), 'utf8');
const blocks = [...text.matchAll(/```(\w+)(?: (\S+))?\n([\s\S]*?)```/g)].map(([, kind, file, body]) => ({
  kind: kind!,
  file,
  body: body!,
}));

/** A project that has the packages installed, and the files of the document in it. */
const folder = mkdtempSync(join(tmpdir(), 'routemeter-docs-'));
beforeAll(() => {
  mkdirSync(join(folder, 'node_modules'));
  for (const name of ['routemeter', 'routemeter-live', 'jiti']) {
    symlinkSync(join(ROOT, 'node_modules', name), join(folder, 'node_modules', name));
  }
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  for (const { file, body } of blocks) if (file !== undefined) writeFileSync(join(folder, file), body);
});
afterAll(() => rmSync(folder, { recursive: true }));

const node = (...args: string[]) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8' });
  return { status, stdout, stderr };
};

describe('docs/budgets.md', () => {
  test('its files are budgets, and the published schema takes them', async () => {
    const yaml = await loadBudgets(join(folder, 'routemeter.budgets.yaml'));
    expect(yaml.rules.map(({ key }) => key)).toEqual([
      'GET /home',
      'GET /home > load feed',
      '/users/**',
      'db.*',
    ]);
    const ts = await loadBudgets(join(folder, 'routemeter.budgets.ts'));
    expect(ts.rules.map(({ key }) => key)).toEqual(['GET /home', '/users/**']);
    const schema = JSON.parse(
      readFileSync(join(folder, 'node_modules/routemeter/schema/budgets.schema.json'), 'utf8'),
    );
    expect(text).toContain('node_modules/routemeter/schema/budgets.schema.json');
    const isValid = new Ajv({ strict: false }).compile(schema);
    const read = readYaml(readFileSync(join(folder, 'routemeter.budgets.yaml'), 'utf8'), false);
    expect(isValid((read as { value: unknown }).value)).toBe(true);
  });

  test('the mistakes it shows are told in these words', async () => {
    writeFileSync(
      join(folder, 'routemeter.budgets.wrong.yaml'),
      'routes:\n  GET /home:\n    wall: { p95: 250 sec }\n    eror: 1%\n',
    );
    const error = await loadBudgets(join(folder, 'routemeter.budgets.wrong.yaml')).catch(
      (error) => error as Error,
    );
    const lines = (error as Error).message.replace(/ \[\w+\]$/, '').split('\n');
    for (const line of lines)
      expect(text).toContain(line.slice(line.indexOf('wrong.yaml') + 'wrong.yaml'.length));
    expect(lines).toHaveLength(2);
  });

  test('the test that it shows passes within the budget, and fails beyond it', () => {
    const example = blocks.find(({ file }) => file === 'budgets.test.js')!.body;
    const app = (ms: number) => `
      const runYourApp = async (meter) => {
        const tags = { http_route: '/home', http_method: 'GET', http_status_code: '200' };
        for (let i = 0; i < 400; i++) {
          meter.distribution('http.server.request', ${ms}, { tags });
          meter.distribution('http.server.request.cpu', 1, { tags });
          meter.distribution('load feed', 1, { tags });
          meter.distribution('db.find', 1, { tags });
          meter.distribution('http.server.request', 1, { tags: { ...tags, http_route: '/users/:id' } });
        }
      };\n`;
    const script = (ms: number) => example.replace('const captured', `${app(ms)}const captured`);
    writeFileSync(join(folder, 'fast.mjs'), script(100));
    writeFileSync(join(folder, 'slow.mjs'), script(300));
    expect(node('fast.mjs')).toMatchObject({ status: 0, stderr: '' });
    const slow = node('slow.mjs');
    expect(slow.status).toBe(1);
    expect(slow.stderr).toContain('GET /home: wall p95 is 300 ms, at least 300 ms with');
  });

  test('the number of samples is what the function answers, and the table what it is made from', () => {
    const answer = /\/\/ (\d+)\n/.exec(blocks.find(({ file }) => file === 'samples.mjs')!.body)![1]!;
    expect(node('samples.mjs')).toMatchObject({ status: 0, stdout: `${answer}\n` });
    const rows = [...text.matchAll(/^\| ([\d.]+) \| (\d+) \| (\d+) \| (\d+) \|$/gm)].map((row) =>
      row.slice(1).map(Number),
    );
    expect(rows).toHaveLength(3);
    const z = { 0.5: 0, 0.95: 1.6449, 0.99: 2.3263 };
    for (const [spread, ...counts] of rows) {
      for (const [i, q] of ([0.5, 0.95, 0.99] as const).entries()) {
        // Log-normal latencies, 30 % slower, held against 10 % of room and 1 % for the sketches.
        const beyond = 1 - normal(z[q] - Math.log(1.3 / 1.1 / 1.01) / (Math.log(spread!) / 1.6449));
        const needed = samplesNeeded(q, beyond, 1 - 0.001 / 20);
        expect(Math.abs(counts[i]! - needed) / needed, `${spread} ${q}: ${needed}`).toBeLessThan(0.01);
      }
    }
  });

  test('the commands that it shows run', () => {
    const bins = { routemeter: 'routemeter/dist/cli.mjs', 'routemeter-live': 'routemeter-live/dist/cli.mjs' };
    const commands = blocks
      .filter(({ kind }) => kind === 'sh')
      .flatMap(({ body }) => body.trim().split('\n'));
    expect(commands).toHaveLength(5);
    // Globs need the routes, which the document says; a file has them here.
    const routes = [
      { method: 'GET', route: '/home', blocks: ['load feed', 'db.find'], metric: 'shop.http.server.request' },
      { method: 'GET', route: '/users/:id', blocks: [], metric: 'shop.http.server.request' },
    ];
    writeFileSync(join(folder, 'routes.json'), JSON.stringify({ routes }));
    for (const command of commands) {
      const [, bin, rest] = /^npx (\S+) (.*)$/.exec(command)!;
      const cli = join(folder, 'node_modules', bins[bin as keyof typeof bins]);
      const ours = rest!.replace(/ -- .*| node server\.js$/, '').split(' ');
      const more = rest!.startsWith('check')
        ? ['--', process.execPath, '-e', '0']
        : bin === 'routemeter-live'
          ? ['--port', '0', process.execPath, '-e', '0']
          : ['--routes', 'routes.json', '--budgets', 'routemeter.budgets.yaml'];
      const run = node(cli, ...ours.map((word) => word.replace(/'/g, '')), ...more);
      // The check's command sends nothing, so that its budgets match nothing: told, and the documented exit code.
      expect(run, command).toMatchObject({ status: rest!.startsWith('check') ? 2 : 0 });
    }
  });

  test('the table that it shows has the columns of the real one', async () => {
    const source = readFileSync(join(ROOT, 'packages/live/src/budgets/table.ts'), 'utf8');
    const head = /const HEAD = \[([^\]]+)\]/.exec(source)![1]!;
    const columns = [...head.matchAll(/'([^']+)'/g)].map(([, name]) => name!);
    const shown = text.split('\n').find((line) => line.startsWith('over budget'))!;
    expect(shown.split(/ {2,}/)).toEqual(columns);
  });

  test('it names every flag of the export', () => {
    const source = readFileSync(join(ROOT, 'packages/routemeter/src/cli/export.ts'), 'utf8');
    const flags = [...source.matchAll(/^ {2}--([\w-]+)/gm)].map(([, name]) => name!);
    expect(flags.length).toBeGreaterThan(4);
    for (const flag of flags) expect(text).toContain(`--${flag}`);
  });
});

/** The normal distribution (Abramowitz and Stegun 26.2.17). */
function normal(z: number): number {
  const t = 1 / (1 + 0.2316419 * Math.abs(z));
  const d = Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);
  const tail =
    d * t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  return z >= 0 ? 1 - tail : tail;
}
