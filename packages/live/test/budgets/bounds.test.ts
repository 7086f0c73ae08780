import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseBudgets } from 'routemeter/budgets';
import { expect, it } from 'vitest';
import { timeLimits } from '../../src/budgets/open.ts';
import { Reactions } from '../../src/budgets/react.ts';
import type { Change } from '../../src/budgets/watch.ts';
import { until } from '../helpers.ts';

const change = (i: number) => ({ event: 'breach', at: i, limit: { text: `limit ${i}` } }) as Change;

it('changes wait for a slow webhook up to a bound; each beyond it is told and dropped', async () => {
  const posted: number[] = [];
  let open = () => {};
  const gate = new Promise<void>((resolve) => {
    open = resolve;
  });
  const server = createServer(async (req, res) => {
    let text = '';
    for await (const chunk of req) text += chunk;
    await gate;
    posted.push((JSON.parse(text) as Change).at);
    res.end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const warnings: string[] = [];
  const webhook = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const reactions = new Reactions({ webhook, warn: (text) => warnings.push(text) });
  // The first is on its way, a hundred wait.
  for (let i = 0; i < 106; i++) reactions.tell(change(i));
  expect(warnings).toHaveLength(5);
  expect(warnings[0]).toBe('breach not told, 100 are waiting: limit 101');
  open();
  await until(() => posted.length === 101);
  expect(posted).toEqual(Array.from({ length: 101 }, (_, i) => i));
  await reactions.close();
  server.close();
});

it('what cannot be told is said once and holds nothing up', async () => {
  const warnings: string[] = [];
  const reactions = new Reactions({ command: 'exit 3', warn: (text) => warnings.push(text) });
  reactions.tell(change(1));
  await until(() => warnings.length > 0);
  expect(warnings).toEqual(['--on-breach ended with exit code 3']);
  await reactions.close();
});

it('a server that closes does not wait for a command, and leaves nothing of it behind', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'react-'));
  const file = join(folder, 'pid');
  const warnings: string[] = [];
  const command = `sleep 60 & echo $! > ${file}; wait`;
  const reactions = new Reactions({ command, warn: (text) => warnings.push(text) });
  reactions.tell(change(1));
  await until(() => existsSync(file) && readFileSync(file, 'utf8').endsWith('\n'));
  const pid = Number(readFileSync(file, 'utf8'));
  await reactions.close();
  expect(warnings).toEqual([]);
  await until(() => !isAlive(pid));
  rmSync(folder, { recursive: true });
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    // Ended, but its parent has not looked yet.
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

it('at most 32 limits become buckets of their own', () => {
  const routes = Object.fromEntries(
    Array.from({ length: 50 }, (_, i) => [`GET /${i}`, { wall: { p95: i + 1 } }]),
  );
  expect(timeLimits(parseBudgets({ routes }))).toEqual(Array.from({ length: 32 }, (_, i) => i + 1));
});
