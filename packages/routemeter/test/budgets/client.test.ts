import { expect, it } from 'vitest';
import { parseBudgets } from '../../src/budgets/index.ts';
import { monitorsOf } from '../../src/exports/datadog/monitors.ts';
import { planOf } from '../../src/exports/plan.ts';
import { rulesOf } from '../../src/exports/prometheus/rules.ts';
import { expectBudgets } from '../../src/testing/budgets.ts';
import type { CapturedMetric } from '../../src/testing/read.ts';

const BUDGET = { routes: { 'GET /hello': { client: { p95: '10ms' }, queued: { p99: 5 } } } };

const sample = (name: string, value: number, tags: Record<string, string> = {}) =>
  ({
    name,
    type: 'd',
    value,
    tags: { http_route: '/hello', http_method: 'GET', ...tags },
  }) as unknown as CapturedMetric;

/** Requests that take 1 ms, and lie unread so long before. */
const requests = (queued: number): CapturedMetric[] =>
  Array.from({ length: 2000 }, () => [
    sample('shop.http.server.request', 1, { http_status_code: '200' }),
    sample('shop.http.server.request.queued', queued),
    sample('shop.http.server.request.client', queued + 1),
  ]).flat();

it('latency as clients see it, and the wait unread, can be bounded', () => {
  expect(expectBudgets(requests(2), BUDGET).map(({ state, value }) => [state, value])).toEqual([
    ['ok', 2],
    ['ok', 3],
  ]);
  expect(() => expectBudgets(requests(20), BUDGET)).toThrow(
    /GET \/hello: queued p99 is 20 ms.*\n.*GET \/hello: client p95 is 21 ms/,
  );
});

it('without these samples there is no verdict', () => {
  const wall = requests(20).filter(({ name }) => name.endsWith('.request'));
  expect(expectBudgets(wall, BUDGET).map(({ state }) => state)).toEqual(['few', 'few']);
});

it('what is a part of latency may not have more than that', () => {
  const budget = (client: string) => ({
    routes: { 'GET /a': { wall: { p95: '50ms' }, client: { p95: client } } },
  });
  expect(() => parseBudgets(budget('20ms'))).toThrow(/wall p95 of 50 ms contradicts client p95 of 20 ms/);
  expect(parseBudgets(budget('80ms')).rules).toHaveLength(1);
  expect(() => parseBudgets({ blocks: { feed: { client: { p95: 1 } } } })).toThrow(/unknown key "client"/);
});

it('alerts and monitors ask for the metric of each', () => {
  const plan = planOf(parseBudgets(BUDGET), undefined, 'shop');
  const queries = monitorsOf(plan).map(({ query }) => query);
  expect(queries).toEqual(
    expect.arrayContaining([
      expect.stringContaining('p95:shop.http.server.request.client{'),
      expect.stringContaining('p99:shop.http.server.request.queued{'),
    ]),
  );
  const [records] = rulesOf(plan, 'live').groups;
  expect(JSON.stringify(records)).toContain('http_server_request_client');
});
