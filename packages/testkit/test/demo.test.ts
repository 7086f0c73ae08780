import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { collect, until } from '../src/live.ts';
import { ROOT } from '../src/pack.ts';

const COUNTER = pathToFileURL(join(ROOT, 'packages/testkit/test/fixtures/count-requests.mjs')).href;
const SECONDS = 8;

interface Sent {
  method: string;
  route: string;
  status: number;
  count: number;
}
interface Row {
  method: string;
  route: string;
  count: number;
  status: Record<string, number>;
}

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'routemeter-demo-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test('the demo shows every route, and counts what was sent', { timeout: 90_000 }, async () => {
  const files = { report: join(folder, 'report.json'), received: join(folder, 'received.json') };
  const args = [
    'scripts/demo.mjs',
    '--seconds',
    String(SECONDS),
    '--no-open',
    '--port',
    '0',
    '--report',
    files.report,
  ];
  const demo = spawn(process.execPath, args, {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NODE_OPTIONS: `--import ${COUNTER}`, COUNT_REQUESTS: files.received },
  });
  const closed = once(demo, 'close');
  const printed = collect(demo);
  const [, page] = await printed.find(/Routes, live: (http:\/\/\S+)/);

  // While it runs: every route that the generator knows is there, and /home has its blocks.
  const get = async (path: string) => (await fetch(page + path)).json();
  const known = await knownRoutes();
  const during = await until(
    async () => ((await get('/api/routes')) as { routes: Row[] }).routes.map(nameOf),
    (names) => known.every((name) => names.includes(name)),
    // The slowest of them asks a database for each of its posts.
    40_000,
  );
  expect(during.sort()).toEqual(known);
  const { blocks } = (await get(`/api/blocks?route=${encodeURIComponent('/home')}&method=GET`)) as {
    blocks: Array<{ name: string }>;
  };
  expect(blocks.map(({ name }) => name).sort()).toEqual(['ads', 'feed', 'feed.render', 'friends', 'stats']);
  const raw = (await get('/api/stats')) as { rejected: number };
  expect(raw.rejected).toBe(0);

  const [code] = await closed;
  expect(code, printed.text()).toBe(0);

  // Sent = received by the app = counted by the server: by method, route and status.
  const { sent, routes } = JSON.parse(await readFile(files.report, 'utf8')) as {
    sent: { sent: number; failed: number; skipped: number; requests: Sent[] };
    routes: Row[];
  };
  const received = JSON.parse(await readFile(files.received, 'utf8')) as { requests: number };
  expect(sent.failed).toBe(0);
  expect(sent.sent).toBeGreaterThan(100);
  expect(received.requests).toBe(sent.sent);
  expect(countsOf(routes)).toEqual(expectedCounts(sent.requests));

  // The table of the terminal tells the same.
  const table = printed.text();
  for (const { method, route } of routes)
    expect(table).toMatch(new RegExp(`^${method}\\s+${literal(route)}\\s`, 'm'));
  expect(table).toContain(`${sent.sent} requests sent, ${sent.sent} counted at ${page}`);
});

interface Profile {
  id: string;
  state: string;
  units: Array<{ method: string; name: string; blocks: Array<{ name: string }> }>;
}
interface Flame {
  cpu: number;
  functions: Array<{ name: string; file: string; self: { cpu: number } }>;
}

test('a flame graph of the demo tells where its reports use their CPU', { timeout: 90_000 }, async () => {
  const demo = spawn(process.execPath, ['scripts/demo.mjs', '--no-open', '--port', '0'], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const closed = once(demo, 'close');
  const printed = collect(demo);
  const [, page] = await printed.find(/Routes, live: (http:\/\/\S+)/);
  const get = async <T>(path: string) => (await (await fetch(page + path)).json()) as T;
  try {
    await until(
      async () => (await get<{ threads: object[] }>('/api/profiles')).threads.length,
      (threads) => threads > 0,
    );
    // Until one of them is among what was sampled.
    const { id, units } = await until(
      async () => {
        const order = { method: 'POST', body: JSON.stringify({ seconds: 2, force: true }) };
        const asked = (await (await fetch(`${page}/api/profiles`, order)).json()) as Profile;
        return until(
          () => get<Profile>(`/api/profiles/${asked.id}`),
          ({ state }) => state !== 'running',
          30_000,
        );
      },
      ({ units }) => units.some((unit) => nameOf({ ...unit, route: unit.name }) === 'POST /reports'),
      60_000,
    );
    const report = units.find(({ method, name }) => `${method} ${name}` === 'POST /reports')!;
    expect(report.blocks.map(({ name }) => name).sort()).toEqual(['report.collect', 'report.summarise']);
    const { cpu, functions } = await get<Flame>(`/api/profiles/${id}/flame?route=/reports&method=POST`);
    const own = functions.filter(({ file }) => file.endsWith('services/report.js'));
    expect(own.map(({ name }) => name)).toEqual(expect.arrayContaining(['collectOrders', 'medianOf']));
    expect(own.reduce((ms, { self }) => ms + self.cpu, 0)).toBeGreaterThan(cpu / 2);
  } finally {
    process.kill(-demo.pid!, 'SIGINT');
    await closed;
  }
});

test('Ctrl-C ends the demo, with its table and all of its processes', { timeout: 60_000 }, async () => {
  const demo = spawn('npm', ['run', 'demo', '--', '--no-open', '--port', '0'], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const closed = once(demo, 'close');
  const printed = collect(demo);
  const [, page] = await printed.find(/Routes, live: (http:\/\/\S+)/);
  await until(
    async () => ((await (await fetch(`${page}/api/routes`)).json()) as { routes: Row[] }).routes.length,
    (routes) => routes > 0,
  );
  // As a terminal does it: to the whole group.
  process.kill(-demo.pid!, 'SIGINT');
  await closed;
  expect(printed.text()).toMatch(/(\d+) requests sent, \1 counted/);
  await expect(fetch(page!)).rejects.toThrow();
});

test('the demo says what is wrong with its options', async () => {
  const demo = spawn(process.execPath, ['scripts/demo.mjs', '--seconds', 'soon'], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const printed = collect(demo);
  const [code] = await once(demo, 'close');
  expect(code).toBe(2);
  expect(printed.text()).toContain('--seconds takes a number from 0 to 65535, not "soon"');
});

async function knownRoutes(): Promise<string[]> {
  const url = pathToFileURL(join(ROOT, 'examples/home/traffic/requests.js')).href;
  const { REQUESTS } = (await import(url)) as { REQUESTS: Row[] };
  return [...new Set(REQUESTS.map(nameOf))].sort();
}

function nameOf({ method, route }: { method: string; route: string }): string {
  return `${method} ${route}`;
}

function countsOf(rows: readonly Row[]): Record<string, number> {
  return sorted(
    rows.flatMap((row) =>
      Object.entries(row.status).map(([status, count]): [string, number] => [
        `${nameOf(row)} ${status}`,
        count,
      ]),
    ),
  );
}

function expectedCounts(requests: readonly Sent[]): Record<string, number> {
  return sorted(requests.map((request) => [`${nameOf(request)} ${request.status}`, request.count]));
}

function sorted(entries: Array<[string, number]>): Record<string, number> {
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

function literal(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
