import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { repositoryRoot } from '../../src/root.ts';
import { HOME_LISTENS, reportLimit } from './home.ts';

const ROOT = repositoryRoot();
const folder = mkdtempSync(join(tmpdir(), 'routemeter-e2e-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** What `npm run e2e` might be: starts the example app, asks it, and ends it. */
const E2E = `
import { spawn } from 'node:child_process';
import { once } from 'node:events';
const app = spawn(process.execPath, [process.argv[2]], { env: { ...process.env, PORT: '0' }, stdio: ['ignore', 'pipe', 'inherit'] });
const url = await new Promise((resolve) => app.stdout.on('data', (chunk) => {
  const match = ${HOME_LISTENS}.exec(chunk);
  if (match) resolve(match[1]);
}));
const headers = { 'content-type': 'application/json' };
for (let i = 0; i < 40; i++) {
  await (await fetch(url + '/reports', { method: 'POST', headers, body: JSON.stringify({ days: Number(process.argv[3]) }) })).text();
  await (await fetch(url + '/users/' + (1 + (i % 5)))).text();
}
app.kill('SIGTERM');
await once(app, 'exit');
`;

function check(days: number) {
  const home = join(ROOT, 'examples/home/server.js');
  const cli = join(ROOT, 'packages/live/dist/cli.mjs');
  const command = [process.execPath, join(folder, 'e2e.mjs'), home, String(days)];
  const { status, stdout, stderr } = spawnSync(process.execPath, [cli, 'check', '--', ...command], {
    cwd: folder,
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

test('end-to-end tests of an unchanged app pass within its budgets and fail beyond them', async () => {
  const limit = await reportLimit();
  const cpu = Math.max(1, Math.round(limit / 3));
  writeFileSync(join(folder, 'e2e.mjs'), E2E);
  // Two days of reports take some milliseconds, ninety far more than the limits.
  writeFileSync(
    join(folder, 'routemeter.budgets.yaml'),
    `minRequests: 20
routes:
  POST /reports: { wall: { p50: ${limit}ms }, cpu: { p50: ${cpu}ms }, blocks: { report.*: { wall: { p50: 10s } } } }
  GET /users/*: { wall: { p50: 10s }, errors: 0 }
`,
  );
  const healthy = check(2);
  expect(healthy.stdout).toContain('budgets: 6 kept, 0 over');
  expect(healthy.status).toBe(0);
  const slow = check(90);
  expect(slow.status).toBe(1);
  expect(slow.stdout).toMatch(
    new RegExp(`^POST /reports +wall p50 .* ${limit} ms +40 +routemeter\\.budgets\\.yaml:3:33$`, 'm'),
  );
  expect(slow.stdout).toMatch(/^POST \/reports +cpu p50 /m);
  expect(slow.stdout).toContain('budgets: 4 kept, 2 over');
});
