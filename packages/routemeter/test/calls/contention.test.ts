import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bundle } from '../../../testkit/src/bundle.ts';
import { startChild } from '../../../testkit/src/contract/child.ts';
import { Collector } from '../../../testkit/src/contract/collector.ts';
import { buildLibrary, type Library } from '../../../testkit/src/contract/library.ts';
import { suiteNodes } from '../../../testkit/src/nodes.ts';
import { BUILTINS, MODULES } from '../../src/calls/sources/index.ts';
import { type CapturedMetric, readLines } from '../../src/testing/read.ts';
import { FAN, LIBRARIES, MANY, SIZES, SLEEP_MS } from './contention/clients.ts';
import { startPeers } from './peers.ts';
import { leafOf, rowsOf } from './stage.ts';

/** How often each route is asked for, all at once: 18 routes, 54 requests. */
const EACH = 3;
/** A value on the wire has five digits: what that can be off by, for a sum of many. */
const DIGITS = 1e-3;

const nodes = await suiteNodes();

/** Answers with how long it took, by its own clock. */
const peers = await startPeers(async (request, response) => {
  const began = performance.now();
  const ms = Number(new URL(request.url!, 'http://upstream').searchParams.get('ms') ?? 0);
  if (ms > 0) await sleep(ms);
  response.end(String(performance.now() - began));
});
const { missing, ports } = peers;
const GET = `GET 127.0.0.1:${ports.http}`;

let library: Library;
let app: string;
beforeAll(async () => {
  library = await buildLibrary('calls-contention');
  app = await bundle(new URL('./contention/app.ts', import.meta.url), 'calls-contention');
  await peers.sql('create table items (id int primary key, name text)');
});
afterAll(peers.stop);

const ASK: Record<string, string> = {
  pg: 'postgresql SELECT items',
  ioredis: 'redis GET',
  redis: 'redis GET',
};
const SLEEP: Record<string, string> = {
  pg: 'postgresql SELECT',
  ioredis: 'redis DEBUG',
  redis: 'redis DEBUG',
};

/** What one request of each route calls, by name. */
function expected(hasSqlite: boolean): Record<string, Record<string, number>> {
  const all: Record<string, Record<string, number>> = {};
  for (const size of Object.keys(SIZES)) {
    for (const name of Object.keys(LIBRARIES)) {
      all[`/${size}/${name}/three`] = { [ASK[name]!]: 3, [GET]: 1 };
      all[`/${size}/${name}/many`] = { [ASK[name]!]: MANY };
      all[`/${size}/${name}/parallel`] = { [ASK[name]!]: FAN };
      all[`/${size}/${name}/sleep`] = { [SLEEP[name]!]: 1 };
    }
    all[`/${size}/fan`] = { [GET]: FAN };
    all[`/${size}/get`] = { [GET]: 2 };
    all[`/${size}/slow`] = { [GET]: 1 };
    all[`/${size}/all`] = { 'postgresql SELECT items': 1, 'redis GET': 2, [GET]: 2 };
    all[`/${size}/none`] = {};
    const followsSqlite = [...BUILTINS, ...Object.values(MODULES)].some(
      (one) => one.package === 'node:sqlite',
    );
    all[`/${size}/file`] = {
      [GET]: 1,
      ...(hasSqlite && followsSqlite ? { 'sqlite SELECT items': MANY } : {}),
    };
  }
  return all;
}

interface Books {
  slept: Record<string, Array<{ server: number; caller: number }>>;
  books: Record<string, { idle: number; alone: number; exact: boolean }>;
  hasSqlite: boolean;
}

interface Seen extends Books {
  metrics: CapturedMetric[];
  answers: string[];
}

const ask = async (port: number, path: string) => (await fetch(`http://127.0.0.1:${port}${path}`)).text();

/** Runs the app, asks for every route of one pool size at once, one size after the other, and ends it. */
async function run(node: string, mode: 'explicit' | 'preload'): Promise<Seen> {
  const collector = await Collector.open();
  const preload = mode === 'preload' ? ['--import', pathToFileURL(library.esm('register')).href] : [];
  const env = {
    ROUTEMETER_URL: collector.url,
    ROUTEMETER_FLUSH_MS: '50',
    ROUTEMETER_UPSTREAMS: 'true',
    ROUTEMETER_BREAKDOWN: 'true',
    ROUTEMETER_MAX_SERIES: '4000',
    ROUTEMETER_SILENT: '1',
  };
  const child = await startChild(node, ['--no-warnings', ...preload, app, JSON.stringify(ports), mode], env);
  try {
    if (child.port === 0) throw new Error(child.stderr());
    const routes = JSON.parse(child.stdout().split('\n')[0]!) as string[];
    const answers: string[] = [];
    for (const size of Object.keys(SIZES)) {
      const own = routes.filter((route) => route.startsWith(`/${size}/`));
      const asked = Array.from({ length: EACH }, () => own).flat();
      answers.push(...(await Promise.all(asked.map((route) => ask(child.port, route)))));
    }
    await collector.requests(answers.length);
    const books = JSON.parse(await ask(child.port, '/books')) as Books;
    expect(await child.stop(), child.stderr()).toBe(0);
    // What was flushed at the end is in the socket already.
    await collector.readAll();
    const metrics = readLines(collector.lines).filter(({ tags }) => tags.http_route !== '/books');
    return { ...books, metrics, answers };
  } finally {
    await child.stop();
    collector.close();
  }
}

const sum = (values: readonly number[]) => values.reduce((all, value) => all + value, 0);
const SELF_MADE = 'postgresql CONNECT';

const runs = nodes.flatMap((node) =>
  (['explicit', 'preload'] as const).map((mode) => ({
    path: node.path,
    mode,
    title: `Node ${node.major}, ${mode}`,
  })),
);
const TITLE = '$title: 54 requests at once over pools of 1, 2 and 10';

describe.skipIf(missing !== null).each(runs)(
  missing === null ? TITLE : `${TITLE} (${missing})`,
  ({ path, mode }) => {
    let seen: Seen;
    beforeAll(async () => {
      seen = await run(path, mode);
    });

    test('each call is told once, on the route that made it, and on no other', () => {
      expect([...new Set(seen.answers)]).toEqual(['done']);
      const counted: Record<string, Record<string, number>> = {};
      const rows = rowsOf(seen.metrics).filter(({ name }) => name !== SELF_MADE);
      for (const { route, name, count } of rows) {
        const own = (counted[String(route)] ??= {});
        own[name] = (own[name] ?? 0) + count / EACH;
      }
      const wanted = Object.entries(expected(seen.hasSqlite)).filter(
        ([, calls]) => Object.keys(calls).length > 0,
      );
      expect(counted).toEqual(Object.fromEntries(wanted));
      expect(rows.flatMap(({ errors }) => errors)).toEqual([]);
    });

    test('one request of 37 queries repeats them 37 times', () => {
      for (const [route, calls] of Object.entries(expected(seen.hasSqlite))) {
        const repeated = leafOf(seen.metrics, 'repeated', route);
        delete repeated[SELF_MADE];
        const wanted = Object.entries(calls).map(([name, count]) => [name, Array(EACH).fill(count)]);
        expect(repeated, route).toEqual(Object.fromEntries(wanted));
      }
    });

    test('waits add up to what the route was idle, with what it waited for without a call', () => {
      const routes = Object.keys(expected(seen.hasSqlite));
      expect(Object.keys(seen.books).sort()).toEqual(routes.sort());
      for (const [route, { idle, alone, exact }] of Object.entries(seen.books)) {
        const waits = sum(Object.values(leafOf(seen.metrics, 'wait', route)).flat());
        expect(exact, route).toBe(true);
        expect(Math.abs(waits + alone - idle), `${route}: ${waits} + ${alone} of ${idle}`).toBeLessThan(
          DIGITS * (1 + idle),
        );
      }
      const { idle, alone } = seen.books['/ten/none']!;
      expect(alone).toBe(idle);
    });

    test('a call lasts at least as long as its server slept, and no longer than its caller was kept', () => {
      expect(Object.keys(seen.slept)).toHaveLength(
        Object.keys(SIZES).length * (Object.keys(LIBRARIES).length + 1),
      );
      for (const [route, each] of Object.entries(seen.slept)) {
        const durations = rowsOf(seen.metrics)
          .filter((row) => row.route === route && row.name !== SELF_MADE)
          .flatMap((row) => row.durations);
        const [server, caller] = [each.map((one) => one.server), each.map((one) => one.caller)];
        expect(durations, route).toHaveLength(EACH);
        // A server's timer may be early by less than the millisecond in which it counts.
        expect(Math.min(...server)).toBeGreaterThan(SLEEP_MS - 1);
        expect(sum(durations), route).toBeGreaterThan(sum(server) * (1 - DIGITS));
        expect(sum(durations), route).toBeLessThan(sum(caller) * (1 + DIGITS));
      }
    });
  },
);
