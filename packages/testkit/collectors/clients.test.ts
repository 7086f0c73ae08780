import { execFile, spawn } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, expect, test } from 'vitest';
import { CLIENTS } from '../src/collectors/clients.ts';
import { readLive } from '../src/collectors/live.ts';
import type { Reading } from '../src/collectors/reading.ts';
import { settle } from '../src/collectors/rows.ts';
import { CLIENTS as FOLDER, PYTHON, python } from '../src/collectors/toolchains.ts';
import { type Live, startLive, stop, until } from '../src/live.ts';
import { freePort } from '../src/servers/program.ts';

const RUN_MS = 60_000;

let live: Live | undefined;
afterEach(async () => {
  await live?.stop();
  live = undefined;
});

const portOf = ({ statsd }: Live) => new URL(statsd).port;
const byName = (a: Reading, b: Reading) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0);

/** What a client sent, once all of it is there: the reading without what is a matter of time, and the lines. */
async function settled(server: Live, meant: readonly Reading[], own = (_: Reading) => true) {
  const sums = new Map(meant.map(({ name, sum }) => [name, sum]));
  const read = async () => {
    const readings = (await readLive(server)).filter(own).sort(byName);
    return readings.map(
      ({ sum, ...reading }): Reading =>
        reading.kind !== 'timing' || sums.get(reading.name) === undefined ? reading : { ...reading, sum },
    );
  };
  const wanted = [...meant].sort(byName);
  const text = JSON.stringify(wanted.map(ordered));
  const found = await until(read, (now) => JSON.stringify(now.map(ordered)) === text);
  const stats = await server.get('/api/stats');
  const { lines } = (await server.get('/api/raw?limit=200')) as { lines: { text: string; error?: string }[] };
  expect(lines.filter(({ error }) => error !== undefined)).toEqual([]);
  expect(stats.rejected).toBe(0);
  expect(found.map(rounded)).toEqual(wanted.map(rounded));
  return stats as { events: number; checks: number };
}

/** The same order of keys, for texts that are compared. */
function ordered({ name, kind, tags, value, count, sum }: Reading) {
  const pairs = Object.entries(tags).sort(([a], [b]) => (a < b ? -1 : 1));
  return rounded({ name, kind, tags: Object.fromEntries(pairs), value, count, sum } as Reading);
}

function rounded(reading: Reading): Reading {
  return reading.sum === undefined ? reading : { ...reading, sum: Number(reading.sum.toPrecision(9)) };
}

for (const client of CLIENTS) {
  const { id, name, language, meant, events = 0, checks = 0, notes = [], rules, routes } = client;
  test(`${id}: every line of ${name} is read as meant`, async () => {
    const { version, command, args } = await client.install();
    live = await startLive([], rules === undefined ? {} : { env: { ROUTEMETER_LIVE_RULES: rules } });
    const port = portOf(live);
    const own = args.includes('$PORT') ? args.map((arg) => (arg === '$PORT' ? port : arg)) : [...args, port];
    await promisify(execFile)(command, own, { timeout: RUN_MS });
    const stats = await settled(live, meant);
    expect({ events: stats.events, checks: stats.checks }).toEqual({ events, checks });
    if (routes !== undefined) {
      const { routes: shown } = (await live.get('/api/routes?window=600')) as {
        routes: { route: string; count: number; cpu: { mean: number } | null }[];
      };
      expect(Object.fromEntries(shown.map(({ route, count }) => [route, count]))).toEqual(routes);
      for (const { cpu } of shown) expect(cpu!.mean).toBeGreaterThan(0);
    }
    settle({ kind: 'client', id, name, version, language, metrics: meant.length, notes });
  }, 900_000);
}

test('gunicorn: every line of gunicorn is read as meant', async () => {
  const interpreter = await python();
  live = await startLive();
  const port = await freePort();
  const settings = [
    '--statsd-host',
    `127.0.0.1:${portOf(live)}`,
    '--statsd-prefix',
    'web',
    '--dogstatsd-tags',
    'env:test',
  ];
  const args = [
    '-m',
    'gunicorn',
    '--bind',
    `127.0.0.1:${port}`,
    '--workers',
    '1',
    ...settings,
    'gunicorn_app',
  ];
  const server = spawn(interpreter, args, { cwd: join(FOLDER, 'python'), stdio: 'ignore' });
  try {
    const ask = (path: string) =>
      fetch(`http://127.0.0.1:${port}${path}`).then(
        (answer) => answer.status,
        () => 0,
      );
    await until(
      () => ask('/'),
      (status) => status === 200,
    );
    // The request that found it ready counts as well.
    for (let i = 0; i < 9; i++) expect(await ask('/')).toBe(200);
    expect(await ask('/missing')).toBe(404);
    const tags = { env: 'test' };
    const meant: Reading[] = [
      { name: 'web.gunicorn.requests', kind: 'count', tags, value: 11 },
      { name: 'web.gunicorn.request.status.200', kind: 'count', tags, value: 10 },
      { name: 'web.gunicorn.request.status.404', kind: 'count', tags, value: 1 },
      { name: 'web.gunicorn.request.duration', kind: 'timing', tags, count: 11 },
    ];
    await settled(live, meant, ({ name }) => name.startsWith('web.gunicorn.request'));
    // Its logs and workers are counted beside, as often as they happen.
    settle({
      kind: 'client',
      id: 'gunicorn',
      name: 'gunicorn',
      version: PYTHON.gunicorn,
      language: 'Python',
      metrics: meant.length,
      notes: ['`--statsd-host`; durations and statuses of requests, without routes'],
    });
  } finally {
    await stop(server);
  }
}, 900_000);
