import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { repositoryRoot } from '../../src/root.ts';

const CLI = join(repositoryRoot(), 'packages/routemeter/dist/cli.mjs');
const folder = mkdtempSync(join(tmpdir(), 'routemeter-cli-'));
afterAll(() => rmSync(folder, { recursive: true }));

function routemeter(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [CLI, ...args], {
    cwd: folder,
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

test('the command that is shipped makes the files, from YAML, JSON and TypeScript', () => {
  const budgets = { routes: { 'GET /home': { wall: { p95: '250ms' } } } };
  const text = JSON.stringify(budgets);
  writeFileSync(join(folder, 'routemeter.budgets.yaml'), text);
  writeFileSync(join(folder, 'b.json'), text);
  writeFileSync(join(folder, 'b.ts'), `const budgets: object = ${text};\nexport default budgets;\n`);
  const names = { datadog: 3, prometheus: 1, grafana: 2 };
  for (const [kind, count] of Object.entries(names)) {
    expect(routemeter('export', kind, '--out', kind)).toMatchObject({ status: 0, stderr: '' });
    expect(readdirSync(join(folder, kind))).toHaveLength(count);
  }
  for (const file of ['b.json', 'b.ts']) {
    expect(routemeter('export', 'datadog', '--budgets', file, '--out', file.slice(2))).toMatchObject({
      status: 0,
    });
  }
});

test('what is wrong is one line, and ends with 2', () => {
  writeFileSync(join(folder, 'bad.yaml'), 'routes:\n  /a: { wal: {} }\n');
  expect(routemeter('export', 'grafana', '--budgets', 'bad.yaml')).toEqual({
    status: 2,
    stdout: '',
    stderr: 'routemeter: bad.yaml:2:9: unknown key "wal"; did you mean "wall"?\n',
  });
  expect(routemeter('nothing')).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('there is no command "nothing"'),
  });
  expect(routemeter('export', 'x')).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('give one of datadog'),
  });
  expect(routemeter('--help')).toMatchObject({ status: 0, stdout: expect.stringContaining('export') });
  expect(routemeter('export', '--help')).toMatchObject({
    status: 0,
    stdout: expect.stringContaining('--routes'),
  });
});
