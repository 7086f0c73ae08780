import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { type Budgets, BudgetsError, findBudgets, limitsFor, loadBudgets } from '../../src/budgets/index.ts';

const folder = mkdtempSync(join(tmpdir(), 'budgets-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let files = 0;

async function load(name: string, text: string): Promise<Budgets> {
  const path = join(folder, `${files++}.${name}`);
  writeFileSync(path, text);
  return loadBudgets(path);
}

/** The lines of the error, with the folder taken off. */
async function mistakes(name: string, text: string): Promise<string[]> {
  const error = await load(name, text).then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(error).toBeInstanceOf(BudgetsError);
  const { message, code } = error as BudgetsError;
  expect(code).toBe('RM_BUDGETS_INVALID');
  return message
    .replace(' [RM_BUDGETS_INVALID]', '')
    .split('\n')
    .map((line) => line.slice(line.indexOf('routemeter.budgets')));
}

const YAML = `window: 1m
routes:
  "GET /home":
    wall: { p50: 40, p95: 250ms, p99: 1.5s }
    cpu: { p95: 20000us }
    errors: 1%
    severity: critical
    blocks:
      load feed: { wall: { p95: 80ms }, minRequests: 5 }
  /users/**:
    errors: 0.02
blocks:
  db.*:
    cpu: { p99: 0.5s }
`;

const JSON_TEXT = `{
\t"window": "1m",
\t"routes": {
\t\t"GET /home": {
\t\t\t"wall": { "p50": 40, "p95": "250ms", "p99": "1.5s" },
\t\t\t"cpu": { "p95": "20000us" }, "errors": "1%", "severity": "critical",
\t\t\t"blocks": { "load feed": { "wall": { "p95": "80ms" }, "minRequests": 5 } }
\t\t},
\t\t"/users/**": { "errors": 0.02 }
\t},
\t"blocks": { "db.*": { "cpu": { "p99": "0.5s" } } }
}`;

const TS = `import type { BudgetsInput } from 'routemeter/budgets';
// routes: { "GET /home": "not this one" }
const budgets = {
  window: '1m',
  routes: {
    'GET /home': {
      wall: { p50: 40, p95: '250ms', p99: '1.5s' },
      cpu: { p95: '20000us' }, errors: '1%', severity: 'critical',
      blocks: { 'load feed': { wall: { p95: '80ms' }, minRequests: 5 } },
    },
    '/users/**': { errors: 0.02 },
  },
  blocks: { 'db.*': { cpu: { p99: '0.5s' } } },
} satisfies BudgetsInput;
export default budgets;
`;

describe('a budgets file', () => {
  test.for([
    ['routemeter.budgets.yaml', YAML],
    ['routemeter.budgets.json', JSON_TEXT],
    ['routemeter.budgets.ts', TS],
  ] as const)('%s says the same', async ([name, text]) => {
    const { rules } = await load(name, text);
    const brief = rules.map(({ key, limits, minRequests, window, severity }) => [
      key,
      Object.fromEntries(limits.map(({ measure, max }) => [measure, max])),
      minRequests,
      window,
      severity,
    ]);
    expect(brief).toEqual([
      [
        'GET /home',
        { 'wall p50': 40, 'wall p95': 250, 'wall p99': 1500, 'cpu p95': 20, errors: 0.01 },
        100,
        60,
        'critical',
      ],
      ['GET /home > load feed', { 'wall p95': 80 }, 5, 60, 'critical'],
      ['/users/**', { errors: 0.02 }, 100, 60, 'warning'],
      ['db.*', { 'cpu p99': 500 }, 100, 60, 'warning'],
    ]);
    for (const rule of rules) {
      expect(rule.at?.line).toBeGreaterThan(1);
      for (const limit of rule.limits) expect(limit.at?.line).toBeGreaterThanOrEqual(rule.at!.line);
    }
  });

  test.for([
    ['unknown key', 'routes:\n  /a:\n    wal: { p95: 1 }', '3:5: unknown key "wal"; did you mean "wall"?'],
    [
      'unknown percentile',
      'routes:\n  /a:\n    wall: { p90: 1 }',
      '3:13: unknown key "p90"; did you mean "p50"?',
    ],
    [
      'unknown, nothing near',
      'colour: red',
      '1:1: unknown key "colour"; use routes, blocks, upstreams, minRequests, window, severity',
    ],
    [
      'wrong unit',
      'routes:\n  /a:\n    wall: { p95: 250 sec }',
      '3:18: p95: "250 sec" is not a time; write milliseconds such as 250, or "250ms", "1.5s"',
    ],
    [
      'negative time',
      'routes:\n  /a:\n    wall: { p95: -1 }',
      '3:18: p95: -1 is not a time; write milliseconds such as 250, or "250ms", "1.5s"',
    ],
    [
      'no time',
      'routes:\n  /a:\n    wall: { p95: 0ms }',
      '3:18: wall p95: no request takes no time; write a limit above 0',
    ],
    [
      'share above one',
      'routes:\n  /a:\n    errors: 5',
      '3:13: errors: 5 is not a share; write a fraction from 0 to 1 such as 0.01, or "1%"',
    ],
    [
      'share above 100 %',
      'routes:\n  /a:\n    errors: 500%',
      '3:13: errors: 500 % is more than all requests; write at most "100%"',
    ],
    [
      'window without unit',
      'window: 5\nroutes:\n  /a: { errors: 0 }',
      '1:9: window: 5 is not a window; write a whole number with its unit, such as "60s", "5m" or "1h"',
    ],
    [
      'empty window',
      'window: 0s\nroutes:\n  /a: { errors: 0 }',
      '1:9: window: "0s" is not a window; write a whole number with its unit, such as "60s", "5m" or "1h"',
    ],
    [
      'severity',
      'routes:\n  /a: { errors: 0, severity: bad }',
      '2:30: severity: "bad" is not a severity; write "warning" or "critical"',
    ],
    [
      'minRequests',
      'routes:\n  /a: { errors: 0, minRequests: 1.5 }',
      '2:33: minRequests: 1.5 is not a number of requests; write a whole number from 1, such as 100',
    ],
    [
      'p50 over p95',
      'routes:\n  /a:\n    wall: { p50: 300, p95: 200 }',
      '3:18: wall p50 of 300 ms contradicts wall p95 of 200 ms, which is never the lower of the two; lower the one or raise the other',
    ],
    [
      'cpu over wall',
      'routes:\n  /a: { wall: { p95: 100 }, cpu: { p95: 0.2s } }',
      '2:41: cpu p95 of 200 ms contradicts wall p95 of 100 ms, of which CPU time is a part; lower the one or raise the other',
    ],
    [
      'a limit that another entry excludes',
      'routes:\n  "**": { wall: { p95: 1s } }\n  POST /report: { wall: { p50: 2s } }',
      '3:32: wall p50 of 2 s contradicts wall p95 of 1 s of "**", which is never the lower of the two; lower the one or raise the other',
    ],
    [
      'the same route twice',
      'routes:\n  "GET /a": { errors: 0 }\n  "get  /a": { errors: 1 }',
      '3:3: "get  /a" is the same route as "GET /a"; join the two',
    ],
    [
      'the same key twice',
      'routes:\n  /a: { errors: 0 }\n  /a: { errors: 1 }',
      '3:3: Map keys must be unique; correct the YAML; quote text with special characters',
    ],
    [
      'a method alone',
      'routes:\n  GET: { errors: 0 }',
      '2:3: "GET" is not a route; write such as "GET /users/:id" or "/users/**"',
    ],
    [
      'a budget of nothing',
      'routes:\n  /a: { severity: warning }',
      '2:3: "/a" limits nothing; add wall, cpu, queued, client, errors, calls or wait, or remove it',
    ],
    [
      'an upstream without a limit',
      'routes:\n  /a:\n    upstreams: { redis GET: { severity: critical } }',
      '3:18: "/a > redis GET" limits nothing; add calls, wait or errors, or remove it',
    ],
    [
      'a limit of time of an upstream',
      'upstreams: { redis *: { wall: { p95: 1 } } }',
      '1:25: unknown key "wall"; use errors, minRequests, window, severity',
    ],
    [
      'calls that are no number',
      'routes:\n  /a: { calls: many }',
      '2:16: calls: "many" is not a number of calls; write how many a request may make on average, such as 10',
    ],
    [
      'more of one call than of all',
      'routes:\n  GET /a: { calls: 5, upstreams: { redis GET: { calls: 6 } } }',
      '2:56: calls of 6 per request contradicts calls of 5 per request of "GET /a", of which it is a part; lower the one or raise the other',
    ],
    [
      'more waiting for one call than for all',
      'routes:\n  GET /a: { upstreams: { redis GET: { wait: 6 } } }\n  "**": { wait: 5 }',
      '2:45: wait of 6 ms contradicts wait of 5 ms of "**", of which it is a part; lower the one or raise the other',
    ],
    [
      'a budget that is no map',
      'routes:\n  /a: 250ms',
      '2:7: /a: "250ms" is not a budget; write limits such as { wall: { p95: "50ms" } }',
    ],
    [
      'no budgets',
      'window: 5m',
      '1:1: there is no budget in it; add one under "routes", "blocks" or "upstreams"',
    ],
    ['a list', '- a', '1:1: a list is nothing here; write a map, such as "GET /home": { errors: "1%" }'],
    [
      'bad YAML',
      'routes: {',
      '1:10: Flow map in block collection must be sufficiently indented and end with a }; correct the YAML; quote text with special characters',
    ],
  ] as const)('%s: one line with position and remedy', async ([, text, line]) => {
    expect(await mistakes('routemeter.budgets.yaml', text)).toEqual([`routemeter.budgets.yaml:${line}`]);
  });

  test('positions in JSON and TypeScript are exact too', async () => {
    const json = JSON_TEXT.replace('"250ms"', '"250 sec"').replace('"errors": 0.02', '"error": 0.02');
    expect(await mistakes('routemeter.budgets.json', json)).toEqual([
      'routemeter.budgets.json:5:32: p95: "250 sec" is not a time; write milliseconds such as 250, or "250ms", "1.5s"',
      'routemeter.budgets.json:9:18: unknown key "error"; did you mean "errors"?',
    ]);
    const ts = TS.replace("'250ms'", "'250 sec'").replace('errors: 0.02', 'error: 0.02');
    expect(await mistakes('routemeter.budgets.ts', ts)).toEqual([
      'routemeter.budgets.ts:7:29: p95: "250 sec" is not a time; write milliseconds such as 250, or "250ms", "1.5s"',
      'routemeter.budgets.ts:11:20: unknown key "error"; did you mean "errors"?',
    ]);
    expect(await mistakes('routemeter.budgets.json', '{ routes: {} }')).toHaveLength(1);
  });

  test('one that cannot be had', async () => {
    await expect(loadBudgets(join(folder, 'none.yaml'))).rejects.toThrow(
      'there is no such file; give the path',
    );
    expect(() => findBudgets(folder)).toThrow('there is no routemeter.budgets.{ts,json,yaml} here');
    await expect(load('routemeter.budgets.mjs', 'export const a = 1')).rejects.toThrow(
      'it has no default export',
    );
    await expect(load('routemeter.budgets.mjs', 'throw new Error("x")')).rejects.toThrow(
      'cannot be loaded: x; correct it',
    );
  });
});

describe('which limits hold for a route', () => {
  const max = async (text: string, subject: object) =>
    Object.fromEntries(
      limitsFor(await load('routemeter.budgets.yaml', text), subject).map(({ measure, max }) => [
        measure,
        max,
      ]),
    );

  test('each from the entry that is most specific', async () => {
    const text = `routes:
  "**": { errors: 5%, wall: { p95: 1s, p99: 2s } }
  /users/*: { wall: { p95: 500 } }
  /users/:id: { wall: { p95: 400 } }
  GET /users/:id: { wall: { p95: 300 } }`;
    const rest = { errors: 0.05, 'wall p99': 2000 };
    expect(await max(text, { method: 'GET', route: '/users/:id' })).toEqual({ ...rest, 'wall p95': 300 });
    expect(await max(text, { method: 'PUT', route: '/users/:id' })).toEqual({ ...rest, 'wall p95': 400 });
    expect(await max(text, { method: 'PUT', route: '/users/me' })).toEqual({ ...rest, 'wall p95': 500 });
    expect(await max(text, { method: 'PUT', route: '/users/me/pets' })).toEqual({
      ...rest,
      'wall p95': 1000,
    });
    expect(await max(text, { method: 'PUT', route: '/users/:id', block: 'x' })).toEqual({});
  });

  test('characters of templates are themselves', async () => {
    const text = `routes:
  "/a/{id}/*": { errors: 0.1 }
  "/(b|c)[1-2]": { errors: 0.2 }
  "/files/*": { errors: 0.3 }`;
    expect(await max(text, { method: 'GET', route: '/a/{id}/x' })).toEqual({ errors: 0.1 });
    expect(await max(text, { method: 'GET', route: '/a/id/x' })).toEqual({});
    expect(await max(text, { method: 'GET', route: '/(b|c)[1-2]' })).toEqual({ errors: 0.2 });
    expect(await max(text, { method: 'GET', route: '/b1' })).toEqual({});
    expect(await max(text, { method: 'GET', route: '/files/*' })).toEqual({ errors: 0.3 });
    expect(await max(text, { method: 'GET', route: '/files/a/b' })).toEqual({});
  });

  test('blocks by glob, in a route or over all', async () => {
    const text = `routes:
  GET /home: { blocks: { "load *": { wall: { p95: 10 } } } }
blocks:
  "db.*": { wall: { p95: 20 } }`;
    expect(await max(text, { method: 'GET', route: '/home', block: 'load feed' })).toEqual({
      'wall p95': 10,
    });
    // As it is sent.
    expect(await max(text, { method: 'GET', route: '/home', block: 'load_feed' })).toEqual({
      'wall p95': 10,
    });
    expect(await max(text, { method: 'GET', route: '/other', block: 'load feed' })).toEqual({});
    expect(await max(text, { block: 'db.users.find' })).toEqual({ 'wall p95': 20 });
    expect(await max(text, { block: 'load feed' })).toEqual({});
  });
});
