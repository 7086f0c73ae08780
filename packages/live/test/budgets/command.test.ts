import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { build, CLI } from '../cli/built.ts';
import { datagrams, latencies } from './latency.ts';

beforeAll(build);
const folder = mkdtempSync(join(tmpdir(), 'check-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** The command under test sends what an app would, to the address that it is given. */
const SENDER = `
const { createSocket } = require('node:dgram');
const { readFileSync } = require('node:fs');
const lines = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const url = new URL(process.env.ROUTEMETER_LIVE_URL);
const socket = createSocket('udp4');
(async () => {
  for (const line of lines) await new Promise((resolve) => socket.send(line, url.port, url.hostname, resolve));
  socket.close();
  process.exitCode = Number(process.argv[3] ?? 0);
})();
`;

function check(args: string[], lines: string[], exit = 0) {
  writeFileSync(join(folder, 'sender.cjs'), SENDER);
  writeFileSync(join(folder, 'lines.json'), JSON.stringify(lines));
  const command = [process.execPath, 'sender.cjs', 'lines.json', String(exit)];
  const run = spawnSync(process.execPath, [CLI, 'check', ...args, '--', ...command], {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  return { code: run.status, stdout: run.stdout, stderr: run.stderr };
}

const BUDGETS = `routes:
  GET /home:
    wall: { p95: 220ms }
  GET /users/*:
    wall: { p95: 90ms }
    minRequests: 10
`;
const home = (median: number) => datagrams('/home', latencies(1, 1250, median, 2));
const users = datagrams('/users/:id', latencies(2, 1250, 40, 2));

describe('routemeter-live check', () => {
  beforeAll(() => writeFileSync(join(folder, 'routemeter.budgets.yaml'), BUDGETS));

  it('passes what is within its budgets, and then ends as the command did', () => {
    const run = check([], [...home(100), ...users]);
    expect(run).toMatchObject({ code: 0, stderr: '' });
    expect(run.stdout).toBe('budgets: 2 kept, 0 over (with 99.9 % confidence over all of them)\n');
    expect(check([], [...home(100), ...users], 3).code).toBe(3);
  });

  it('ends with 1, a table of what was over, and a JUnit file', () => {
    const run = check(['--junit', 'report.xml'], [...home(130), ...users]);
    expect(run.code).toBe(1);
    const [head, , row, , summary] = run.stdout.split('\n');
    expect(head).toMatch(/^over budget +limit of +measured +at least +limit +samples +written at$/);
    expect(row).toMatch(
      /^GET \/home +wall p95 +\d+ ms +2\d\d ms +220 ms +1250 +routemeter\.budgets\.yaml:3:18$/,
    );
    expect(summary).toBe('budgets: 1 kept, 1 over (with 99.9 % confidence over all of them)');
    const xml = readFileSync(join(folder, 'report.xml'), 'utf8');
    expect(xml).toContain(
      '<testsuite name="routemeter.budgets.yaml" tests="2" failures="1" errors="0" skipped="0">',
    );
    expect(xml).toMatch(
      /<testcase classname="GET \/home" name="wall p95"><failure message="GET \/home: wall p95 is /,
    );
    expect(xml).toContain('<testcase classname="GET /users/:id" name="wall p95"/>');
  });

  it('without enough traffic there is no verdict; --strict makes that a failure', () => {
    const few = datagrams('/home', Array(99).fill(1000));
    const run = check([], [...few, ...users]);
    expect(run.code).toBe(0);
    expect(run.stdout).toContain('1 kept, 0 over, 1 without enough traffic for a verdict');
    expect(run.stdout).toContain('  GET /home: wall p95 needs 100 samples, had 99');
    expect(check(['--strict'], [...few, ...users]).code).toBe(1);
  });

  it('an entry that matches nothing ends with 2 and says where', () => {
    const run = check([], home(100));
    expect(run.code).toBe(2);
    expect(run.stdout).toContain(
      'routemeter.budgets.yaml:4:3: "GET /users/*" matches no route that was measured; correct it, or send it requests\n',
    );
  });

  it('bad budgets and bad flags end with 2 before anything runs', () => {
    writeFileSync(join(folder, 'bad.json'), '{ "routes": { "/a": { "wal": {} } } }');
    expect(check(['--budgets', 'bad.json'], users)).toEqual({
      code: 2,
      stdout: '',
      stderr: 'routemeter-live: bad.json:1:23: unknown key "wal"; did you mean "wall"?\n',
    });
    expect(check(['--confidence', '2'], users)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('0.999'),
    });
    expect(check(['--colour'], users)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--colour'),
    });
  });
});
