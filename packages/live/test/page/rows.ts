import type { RouteRow, Spread } from '../../src/page/api/types.ts';

export const spread = (mean: number, p95 = mean * 2): Spread => ({
  mean,
  p50: mean * 0.9,
  p95,
  p99: p95 * 1.3,
  max: p95 * 1.5,
  within: 0.01,
});

type Split = [cpu: number, stalled: number, loopBusy: number, idle: number];

/** A row whose wall time is the sum of its parts. */
export function rowOf(name: string, rate: number, split: Split, other: Partial<RouteRow> = {}): RouteRow {
  const [method = 'GET', route = '/'] = name.split(' ');
  const [cpu, stalled, loopBusy, idle] = split;
  return {
    service: 'shop',
    kind: 'request',
    route,
    method,
    metric: 'shop.http.server.request',
    count: rate * 60,
    rate,
    errors: 0,
    aborted: 0,
    status: { '200': rate * 60 },
    wall: spread(cpu + stalled + loopBusy + idle),
    cpu: spread(cpu),
    stalled: { mean: stalled },
    loopBusy: { mean: loopBusy },
    idle: { mean: idle },
    ...other,
  };
}
