import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseBudgets } from 'routemeter/budgets';
import { describe, expect, it } from 'vitest';
import { verdicts } from '../../src/budgets/gather.ts';
import { BudgetWatch, type Change } from '../../src/budgets/watch.ts';
import { recognisers } from '../../src/routes/recognisers.ts';
import { RouteTable } from '../../src/routes/table.ts';
import { FakeClock, type Json, pipeline, startLive, until } from '../helpers.ts';
import { datagrams } from './latency.ts';

const budgets = {
  window: '10s',
  minRequests: 20,
  severity: 'critical' as const,
  routes: { 'GET /home': { wall: { p95: '100ms' } }, 'GET /other': { errors: 0 } },
};

function watching() {
  const clock = new FakeClock();
  const { store, feed } = pipeline({ clock: clock.now });
  const changes: Change[] = [];
  const watch = new BudgetWatch(parseBudgets(budgets), {
    source: { store, routes: new RouteTable(store, recognisers([])) },
    clock: clock.now,
    rangeOf: (seconds) => ({ from: clock.ms - seconds * 1000, to: clock.ms, elapsed: seconds }),
    onChange: (change) => changes.push(change),
  });
  return {
    watch,
    changes,
    clock,
    /** So many seconds, each with requests that take this long. */
    async pass(seconds: number, value: number, count = 20) {
      for (let i = 0; i < seconds; i++) {
        for (const line of datagrams('/home', Array(count).fill(value))) feed(line);
        await watch.look();
        clock.advance(1);
      }
    },
  };
}

describe('breach and recovery', () => {
  it('are told once each, with the time since when', async () => {
    const { watch, changes, clock, pass } = watching();
    await pass(15, 50);
    expect(changes).toEqual([]);
    expect(watch.states()).toMatchObject([{ state: 'ok', value: expect.closeTo(50, 0), since: null }]);
    const before = clock.ms;
    await pass(20, 150);
    expect(changes.map(({ event }) => event)).toEqual(['breach']);
    expect(changes[0]!.at).toBeLessThanOrEqual(before + 3000);
    expect(watch.states()).toMatchObject([
      { state: 'over', since: changes[0]!.at, times: expect.closeTo(1.5, 1) },
    ]);
    await pass(20, 50);
    expect(changes.map(({ event }) => event)).toEqual(['breach', 'recovery']);
    expect(watch.states()).toMatchObject([{ state: 'ok', since: null }]);
  });

  it('a value that wanders about its limit does not alert over and over', async () => {
    const { changes, pass } = watching();
    for (let i = 0; i < 40; i++) await pass(1, i % 2 === 0 ? 97 : 102.5);
    expect(changes.length).toBeLessThanOrEqual(1);
  });

  it('the end of all traffic is a recovery too', async () => {
    const { watch, changes, clock, pass } = watching();
    await pass(5, 150);
    clock.advance(60);
    await watch.look();
    expect(changes.map(({ event }) => event)).toEqual(['breach', 'recovery']);
    expect(changes[1]!.limit).toMatchObject({ count: 0, value: null, since: null });
    expect(watch.states()).toEqual([]);
  });

  it('too little traffic is no verdict, and does not end a breach', async () => {
    const { watch, changes, pass } = watching();
    await pass(1, 150, 10);
    expect(watch.states()).toMatchObject([{ state: 'few', count: 10 }]);
    await pass(4, 150);
    await pass(12, 50, 1);
    expect(changes.map(({ event }) => event)).toEqual(['breach']);
    expect(watch.unmatched).toEqual([
      'budgets: "GET /other" matches no route that was measured; correct it, or send it requests',
    ]);
  });
});

describe('a server with budgets', () => {
  const home = (value: number, count = 60) => datagrams('/home', Array(count).fill(value));

  it('tells the API, the stream, the command and the webhook; each change once', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'breach-'));
    const file = join(folder, 'routemeter.budgets.yaml');
    writeFileSync(
      file,
      'routes:\n  GET /home:\n    window: 2s\n    minRequests: 20\n    wall: { p95: 100ms }\n',
    );
    const log = join(folder, 'log');
    const posted: Json[] = [];
    let refused = 0;
    const hook = createServer(async (req: IncomingMessage, res) => {
      let body = '';
      for await (const chunk of req) body += chunk;
      // A receiver that is just starting: the first post of each is tried again.
      if (refused++ === 0) res.writeHead(503).end();
      else {
        posted.push(JSON.parse(body));
        res.end();
      }
    }).listen(0, '127.0.0.1');
    await once(hook, 'listening');
    try {
      await using server = await startLive({
        budgets: file,
        onBreach: `(echo "$ROUTEMETER_EVENT $ROUTEMETER_ROUTE $ROUTEMETER_MEASURE"; cat) >> ${log}`,
        webhook: `http://127.0.0.1:${(hook.address() as AddressInfo).port}/`,
      });
      const state = async () => (await server.get('/api/budgets')).body.limits[0]?.state;
      const sendUntil = async (value: number, wanted: string) => {
        while ((await state()) !== wanted) {
          await server.send(...home(value));
          await new Promise((resolve) => setTimeout(resolve, 50));
        }
      };
      await sendUntil(150, 'over');
      const { body } = await server.get('/api/budgets');
      expect(body).toMatchObject({ file, unmatched: [] });
      expect(body.limits[0]).toMatchObject({
        route: '/home',
        method: 'GET',
        measure: 'wall p95',
        limit: 100,
        unit: 'ms',
        times: expect.closeTo(1.5, 1),
        since: expect.any(Number),
        place: `${file}:5:18`,
      });
      const { body: table } = await server.get('/api/routes');
      expect(table.routes[0].budget).toMatchObject({
        state: 'over',
        over: 1,
        worst: { measure: 'wall p95', limit: 100 },
      });
      const stream = await fetch(`${server.live.url}/api/stream`);
      let text = '';
      for await (const chunk of stream.body!) {
        text += Buffer.from(chunk).toString();
        if (/event: update\n.*\n\n/.test(text)) break;
      }
      expect(text).toContain('"budget":{"state":"over"');
      await sendUntil(20, 'ok');
      await until(() => posted.length === 2);
      await until(() => /recovery[^\n]*\n.+\n/.test(readFileSync(log, 'utf8')));
      expect(posted.map(({ event, limit }) => [event, limit.route])).toEqual([
        ['breach', '/home'],
        ['recovery', '/home'],
      ]);
      const lines = readFileSync(log, 'utf8').trim().split('\n');
      expect(lines.filter((line) => !line.startsWith('{'))).toEqual([
        'breach /home wall p95',
        'recovery /home wall p95',
      ]);
      expect(JSON.parse(lines[1]!)).toEqual(posted[0]);
    } finally {
      hook.close();
      rmSync(folder, { recursive: true });
    }
  });

  it('without budgets has none', async () => {
    await using server = await startLive();
    expect((await server.get('/api/budgets')).body).toEqual({ file: null, limits: [], unmatched: [] });
    await expect(server.live.checkBudgets()).rejects.toMatchObject({ code: 'BAD_OPTION' });
  });

  it('refuses what makes no sense at the start', async () => {
    const start = (options: object) => startLive(options).then((server) => server[Symbol.asyncDispose]());
    await expect(start({ budgets: 'none.yaml' })).rejects.toThrow('none.yaml: there is no such file');
    await expect(start({ budgets: { routes: { '/a': { wall: { p95: '1 day' } } } } })).rejects.toMatchObject({
      code: 'BAD_OPTION',
      message: 'budgets: p95: "1 day" is not a time; write milliseconds such as 250, or "250ms", "1.5s"',
    });
    await expect(start({ webhook: 'http://127.0.0.1/' })).rejects.toThrow('give them with --budgets FILE');
    await expect(start({ budgets, webhook: 'ftp://x' })).rejects.toThrow(
      'webhook: ftp://x is not an address',
    );
  });
});

describe('limits of upstream calls', () => {
  const TAGS = 'http_route:/home,http_method:GET,db_system_name:postgresql,db_query_summary:SELECT users';

  it('are judged by what requests call, wait for, and what fails', async () => {
    const clock = new FakeClock();
    const { store, feed } = pipeline({ clock: clock.now });
    const changes: Change[] = [];
    const watch = new BudgetWatch(
      parseBudgets({
        window: '10s',
        minRequests: 20,
        routes: {
          'GET /home': {
            calls: 6,
            wait: '4ms',
            upstreams: { 'postgresql SELECT *': { calls: 6, errors: '20%' } },
          },
          'GET /quiet': { calls: 0 },
        },
        upstreams: { 'postgresql *': { errors: '90%' } },
      }),
      {
        source: { store, routes: new RouteTable(store, recognisers([])) },
        clock: clock.now,
        rangeOf: (seconds) => ({ from: clock.ms - seconds * 1000, to: clock.ms, elapsed: seconds }),
        onChange: (change) => changes.push(change),
      },
    );
    /** So many seconds of 20 requests each, which make so many queries of 0.5 ms. */
    const pass = async (seconds: number, queries: number, more = '') => {
      const db = 'shop.db.client.operation';
      const each = (value: number) =>
        Array(20 * queries)
          .fill(value)
          .join(':');
      for (let i = 0; i < seconds; i++) {
        for (const route of ['/home', '/quiet'])
          for (const line of datagrams(route, Array(20).fill(30))) feed(line);
        feed(`${db}:${each(2)}|d|#${TAGS},block:a${more}`);
        feed(`${db}.wait:${each(0.5)}|d|#${TAGS},block:a`);
        feed(`${db}.repeated:${Array(20).fill(queries).join(':')}|d|#${TAGS},block:a`);
        await watch.look();
        clock.advance(1);
      }
    };
    const stateOf = (measure: string, upstream: string | null, route: string | null = '/home') =>
      watch
        .states()
        .find((one) => one.measure === measure && one.upstream === upstream && one.route === route);
    const USERS = 'postgresql SELECT users';
    await pass(12, 5);
    expect(changes).toEqual([]);
    expect(stateOf('calls', null)).toMatchObject({ value: 5, unit: 'calls', state: 'ok', count: 220 });
    expect(stateOf('wait', null)).toMatchObject({ value: expect.closeTo(2.5, 1), unit: 'ms', state: 'ok' });
    expect(stateOf('calls', USERS)).toMatchObject({ value: 5, state: 'ok' });
    expect(stateOf('calls', null, '/quiet')).toMatchObject({ value: 0, state: 'ok', count: 220 });
    expect(stateOf('errors', USERS, null)).toMatchObject({ value: 0, unit: 'share', count: 1100 });
    expect(watch.unmatched).toEqual([]);

    await pass(12, 9, ',error_type:57014');
    expect(
      changes
        .filter(({ event }) => event === 'breach')
        .map(({ limit }) => limit.text.replace(/ is .*/, ''))
        .sort(),
    ).toEqual([
      'GET /home > postgresql SELECT users: calls',
      'GET /home > postgresql SELECT users: errors',
      'GET /home: calls',
      'GET /home: wait',
      'postgresql SELECT users: errors',
    ]);
    expect(stateOf('calls', null)).toMatchObject({ value: 9, state: 'over', times: 1.5 });

    await pass(12, 5);
    expect(changes.filter(({ event }) => event === 'recovery')).toHaveLength(5);
  });

  it('of an application that tells no breakdown have no verdict', async () => {
    const clock = new FakeClock();
    const { store, feed } = pipeline({ clock: clock.now });
    for (const line of datagrams('/home', Array(200).fill(3))) feed(line);
    feed(`shop.db.client.operation:${Array(400).fill(1).join(':')}|d|#${TAGS}`);
    const { verdicts: judged } = await verdicts(
      { store, routes: new RouteTable(store, recognisers([])) },
      parseBudgets({ routes: { 'GET /home': { calls: 1 } } }),
      { from: clock.ms - 10_000, to: clock.ms + 1000, elapsed: 10 },
      { confidence: 0.999 },
    );
    expect(judged).toMatchObject([{ state: 'few', count: 0, value: null }]);
  });
});
