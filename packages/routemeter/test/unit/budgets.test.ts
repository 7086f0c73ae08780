import { describe, expect, it } from 'vitest';
import { kindOf, labelOf, metricOfUnits, unitSubject, unitTags } from '../../src/budgets/index.ts';
import { captureMeter, expectBudgets } from '../../src/testing/index.ts';
import { WORK_KINDS, WORK_METRICS } from '../../src/unit/index.ts';

describe('budgets of units', () => {
  it.each([...WORK_KINDS])('the label and the tags of %s lead there and back', (kind) => {
    expect(kindOf(labelOf(kind))).toBe(kind);
    const subject = { method: labelOf(kind), route: 'mails/welcome' };
    expect(unitSubject(unitTags(subject))).toEqual(subject);
    expect(metricOfUnits(labelOf(kind))).toBe(WORK_METRICS[kind]);
  });

  it('a request keeps its method, and what names no unit is none', () => {
    const request = { method: 'GET', route: '/users/:id' };
    expect(unitSubject(unitTags(request))).toEqual(request);
    expect(unitTags(request)).toEqual({ http_route: '/users/:id', http_method: 'GET' });
    expect(unitSubject({ work_name: 'x' })).toBeUndefined();
    expect(unitSubject({ http_route: '/x' })).toBeUndefined();
    expect(labelOf('constructor')).toBe('CONSTRUCTOR');
    expect(metricOfUnits('GET')).toBe('http.server.request');
  });

  it('hold units by kind and name, their blocks, and their failures', async () => {
    const meter = captureMeter({ prefix: 'shop' });
    for (let i = 0; i < 200; i++) {
      meter.work('welcome', () => meter.time('render', () => {}), { kind: 'job', destination: 'mails' });
      meter.work('nightly', (unit) => unit.setOutcome(i % 2 === 0 ? 'stalled' : 'retry'), { kind: 'cron' });
      meter.work('List', () => {}, { kind: 'rpc', system: 'grpc' });
    }
    const metrics = await meter.metrics();
    const verdicts = expectBudgets(metrics, {
      routes: {
        'JOB mails/*': {
          wall: { p95: '5s' },
          cpu: { p95: '5s' },
          errors: '1%',
          blocks: { render: { wall: { p95: '5s' } } },
        },
        'RPC List': { wall: { p95: '5s' } },
        'CRON nightly': { wall: { p95: '5s' } },
      },
      blocks: { render: { wall: { p95: '5s' } } },
    });
    expect(verdicts.map(({ state, count }) => [state, count])).toEqual(Array(7).fill(['ok', 200]));
    expect(() => expectBudgets(metrics, { routes: { 'CRON nightly': { errors: '10%' } } })).toThrow(
      /CRON nightly: errors is 50 %/,
    );
    expect(() => expectBudgets(metrics, { routes: { 'WORK nightly': { errors: '1%' } } })).toThrow(
      /matches no route/,
    );
  });
});
