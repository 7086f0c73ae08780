import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { v1 } from '@datadog/datadog-api-client';
import { beforeAll, describe, expect, test } from 'vitest';
import { parseBudgets } from '../../../routemeter/src/budgets/index.ts';
import { datadogFiles, planOf } from '../../../routemeter/src/exports/index.ts';
import { httpMeter } from '../../../routemeter/src/frameworks/http.ts';
import { type CapturedMetric, captureMeter } from '../../../routemeter/src/testing/index.ts';

const budgets = parseBudgets({
  severity: 'critical',
  routes: {
    'GET /users/:id': {
      wall: { p50: 100, p95: 250, p99: '1s' },
      cpu: { p95: 40 },
      errors: '1%',
      blocks: { 'load feed': { wall: { p95: 20 }, cpu: { p99: 5 }, errors: 0 } },
    },
    'POST /Orders/{id}': { wall: { p95: 250 }, severity: 'warning' },
    'JOB mails/welcome': { wall: { p95: 250 }, cpu: { p95: 40 }, errors: '1%' },
  },
  blocks: { 'load feed': { wall: { p99: 30 } } },
});
const files = datadogFiles(planOf(budgets, undefined, 'shop'));
const monitors = JSON.parse(files['monitors.json']!) as Record<string, unknown>[];
const dashboard = JSON.parse(files['dashboard.json']!) as Record<string, unknown>;

/** Places where the client found no schema for what it read, or fields that its schema does not have. */
function strays(value: unknown, path = '$'): string[] {
  if (typeof value !== 'object' || value === null) return [];
  if (value instanceof Date) return [];
  const own = value as Record<string, unknown>;
  const found: string[] = [];
  if (own._unparsed === true || own.constructor?.name === 'UnparsedObject' || '_data' in own)
    found.push(path);
  for (const key of Object.keys((own.additionalProperties as object) ?? {})) found.push(`${path}.${key}`);
  return [...found, ...Object.entries(own).flatMap(([key, inner]) => strays(inner, `${path}.${key}`))];
}

describe('against the schemas of the official API client', () => {
  test('each monitor is one', () => {
    expect(monitors).toHaveLength(13);
    for (const monitor of monitors) {
      const read = v1.ObjectSerializer.deserialize(monitor, 'Monitor', '');
      expect(strays(read), JSON.stringify(monitor)).toEqual([]);
      // Back to JSON nothing is lost.
      expect(v1.ObjectSerializer.serialize(read, 'Monitor', '')).toEqual(monitor);
    }
  });

  test('the dashboard is one', () => {
    const read = v1.ObjectSerializer.deserialize(dashboard, 'Dashboard', '');
    expect(strays(read)).toEqual([]);
    expect(v1.ObjectSerializer.serialize(read, 'Dashboard', '')).toEqual(dashboard);
    expect((dashboard.widgets as unknown[]).length).toBe(2 * 4 + 5);
  });

  test('the check finds what is wrong', () => {
    const wrong = { ...monitors[0], type: 'no such type', colour: 'red' };
    expect(strays(v1.ObjectSerializer.deserialize(wrong, 'Monitor', ''))).not.toEqual([]);
    const bad = structuredClone(dashboard) as { widgets: { definition: { type: string } }[] };
    bad.widgets[0]!.definition.type = 'no such widget';
    expect(strays(v1.ObjectSerializer.deserialize(bad, 'Dashboard', ''))).not.toEqual([]);
  });
});

describe('against what the library sends', () => {
  let stream: CapturedMetric[];

  beforeAll(async () => {
    const captured = captureMeter({ prefix: 'shop' });
    const route = (req: IncomingMessage) => (req.url!.startsWith('/users') ? '/users/:id' : '/Orders/{id}');
    const server = createServer((req, res) => {
      captured.meter.time('load feed', () => undefined);
      res.statusCode = req.url === '/users/2' ? 503 : 200;
      res.end();
    });
    httpMeter(server, { meter: captured.meter, route });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    for (const path of ['/users/1', '/users/2']) await (await fetch(url + path)).text();
    await (await fetch(`${url}/orders/1`, { method: 'POST' })).text();
    server.close();
    for (const outcome of ['ok', 'error', 'stalled'] as const)
      captured.work('welcome', (unit) => unit.setOutcome(outcome), { kind: 'job', destination: 'mails' });
    stream = await captured.metrics();
    await captured.meter.close();
  });

  /** `metric{scope}` of every query there is. */
  function selections(): { metric: string; scope: string[] }[] {
    const text = Object.values(files).join('\n');
    const found = [...text.matchAll(/(?:p\d\d|count):([^{"\\]+?)\{([^}]*)\}/g)];
    return found.map(([, metric, scope]) => ({
      metric: metric!,
      scope: scope === '*' ? [] : scope!.split(','),
    }));
  }

  /** As Datadog stores a tag (https://docs.datadoghq.com/getting_started/tagging/). */
  const stored = (value: string) =>
    value
      .toLowerCase()
      .replace(/[^a-z0-9_\-:./]/g, '_')
      .replace(/_+$/, '');

  test('every name is sent, as a distribution', () => {
    const sent = new Map(stream.map(({ name, type }) => [name, type]));
    const names = new Set(selections().map(({ metric }) => metric));
    expect([...names].sort()).toEqual(
      [
        'shop.load_feed',
        'shop.load_feed.cpu',
        'shop.http.server.request',
        'shop.http.server.request.cpu',
        'shop.messaging.process',
        'shop.messaging.process.cpu',
      ].sort(),
    );
    for (const name of names) expect(sent.get(name), name).toBe('d');
  });

  test('every tag is sent with that metric; errors are a status or a tag that comes with them', () => {
    for (const { metric, scope } of selections()) {
      const own = stream.filter(({ name }) => name === metric);
      for (const tag of scope) {
        const [key, value] = [tag.slice(0, tag.indexOf(':')), tag.slice(tag.indexOf(':') + 1)];
        if (tag === 'error:*') continue;
        const pattern = new RegExp(`^${value.replace(/[.\\/]/g, '\\$&').replace(/\*/g, '.*')}$`);
        expect(
          own.some(({ tags }) => key in tags && pattern.test(stored(tags[key]!))),
          `${metric} ${tag}`,
        ).toBe(true);
      }
    }
  });
});
