import { describe, expect, it } from 'vitest';
import { queryText } from '../../src/page/model/copied-query.ts';
import { statInForce } from '../../src/page/model/metric.ts';
import { fitting, visible } from '../../src/page/model/raw-lines.ts';
import { runtimeGroups } from '../../src/page/model/runtime-panels.ts';
import { routeTags, statusKey, toMs } from '../../src/page/model/selection.ts';

const metric = (name: string, type: string, tags: string[] = []) => ({
  name,
  type,
  tags,
  series: 1,
  customMetrics: 1,
  lastSeen: null,
  value: null,
  rate: null,
  unit: null,
  senders: 1,
});

describe('the same query elsewhere', () => {
  const asked = (type: string, stat: string, by = '') => ({ metric: metric('shop.time', type), stat, by });

  it('Datadog', () => {
    expect(queryText('Datadog', asked('distribution', 'percentiles', 'stage'))).toBe(
      'p95:shop.time{*} by {stage}',
    );
    expect(queryText('Datadog', asked('timing', 'p50'))).toBe('avg:shop.time.median{*}');
    expect(queryText('Datadog', asked('count', 'rate'))).toBe('sum:shop.time{*}.as_rate()');
    expect(queryText('Datadog', asked('gauge', 'max'))).toBe('max:shop.time{*}');
  });

  it('Graphite', () => {
    expect(queryText('Graphite', asked('timing', 'p95'))).toBe('stats.timers.shop.time.upper_95');
    expect(queryText('Graphite', asked('gauge', 'last'))).toBe('stats.gauges.shop.time');
    expect(queryText('Graphite', asked('count', 'rate', 'stage'))).toBe(
      "groupByTags(seriesByTag('name=stats.counters.shop.time.rate'), 'sum', 'stage')",
    );
  });

  it('PromQL, in its alphabet', () => {
    expect(queryText('PromQL', asked('timing', 'p95', 'http.route'))).toBe(
      'histogram_quantile(0.95, sum by (le, vmrange, http_route) (rate(shop_time_bucket[1m])) or sum by (http_route) (rate(shop_time[1m])))',
    );
    expect(queryText('PromQL', asked('count', 'rate'))).toBe('sum(rate(shop_time_total[1m]))');
    expect(queryText('PromQL', asked('timing', 'mean'))).toBe(
      'sum(rate(shop_time_sum[1m])) / sum(rate(shop_time_count[1m]))',
    );
  });
});

it('the same query elsewhere is narrowed by the same tags', () => {
  const where = { queue: 'mail', zone: "eu'1" };
  const of = (type: string, stat: string) => ({ metric: metric('shop.jobs', type), stat, by: '', where });
  expect(queryText('Datadog', of('count', 'count'))).toBe("sum:shop.jobs{queue:mail,zone:eu'1}.as_count()");
  expect(queryText('Graphite', of('gauge', 'last'))).toBe(
    "averageSeries(seriesByTag('name=stats.gauges.shop.jobs', 'queue=mail', 'zone=~^eu_?1$'))",
  );
  expect(queryText('PromQL', of('count', 'rate'))).toBe(
    `sum(rate(shop_jobs_total{queue="mail",zone="eu'1"}[1m]))`,
  );
  expect(queryText('PromQL', of('timing', 'rate'))).toBe(
    `sum(rate(shop_jobs_count{queue="mail",zone="eu'1"}[1m]))`,
  );
});

it('a split by tag shows one percentile, not three of each', () => {
  expect(statInForce('timing', '', '')).toBe('percentiles');
  expect(statInForce('timing', '', 'stage')).toBe('p95');
  expect(statInForce('gauge', 'p95', '')).toBe('last');
});

describe('samples of one route', () => {
  const row = { metric: 'm', service: 'shop', kind: 'request', route: '/a', method: 'GET' };
  it('are chosen by whatever tags the sender uses', () => {
    expect(routeTags(row, { tags: ['http.route', 'http.request.method', 'service.name'] })).toEqual({
      'tag:http.route': '/a',
      'tag:http.request.method': 'GET',
      'tag:service.name': 'shop',
    });
    expect(routeTags(row, { tags: [] })).toEqual({});
    expect(
      routeTags(
        { ...row, kind: 'job', route: 'mails/welcome', method: 'JOB' },
        { tags: ['work_kind', 'work_name', 'service', 'method'] },
      ),
    ).toEqual({ 'tag:work_name': 'mails/welcome', 'tag:work_kind': 'job', 'tag:service': 'shop' });
    expect(statusKey({ tags: ['response_code'] })).toBe('response_code');
  });
  it('are seconds in OpenTelemetry’s stable name alone', () => {
    expect(toMs('shop.http.server.request.duration', { type: 'histogram' })).toBe(1000);
    expect(toMs('http.server.request.duration', { type: 'timing' })).toBe(1);
    expect(toMs('shop.http.server.request', { type: 'distribution' })).toBe(1);
  });
});

it('runtime metrics are grouped by app, known ones first and explained', () => {
  const groups = runtimeGroups([
    metric('shop.nodejs.heap.used', 'gauge'),
    metric('shop.nodejs.heap.total', 'gauge'),
    metric('shop.nodejs.something.new', 'gauge'),
    metric('shop.nodejs.gc.pause', 'distribution', ['kind']),
    metric('nodejs.rss', 'gauge'),
    metric('shop.cart.items', 'gauge'),
  ]);
  expect(groups.map((group) => group.app)).toEqual(['', 'shop']);
  expect(groups[1]!.charts.map((chart) => chart.title)).toEqual([
    'Garbage collection',
    'Heap: used',
    'Heap: total',
    'something.new',
  ]);
  expect(groups[1]!.charts[0]).toMatchObject({ by: 'kind', stat: 'p95' });
});

describe('raw lines', () => {
  it('show what cannot be seen', () => expect(visible('a\tb\u0000\u007f')).toBe('a␉b␀␡'));
  it('are found by text or by reason', () => {
    const lines = [
      { at: 1, text: 'a:1|c' },
      { at: 2, text: 'b:x|c', error: 'value is not a number' },
    ];
    expect(fitting(lines, 'number', false)).toHaveLength(1);
    expect(fitting(lines, '', true)).toEqual([lines[1]]);
  });
});
