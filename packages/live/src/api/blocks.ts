import { unitMetric, unitTags } from 'routemeter/budgets';
import { blockMetrics } from '../routes/blocks.ts';
import { SERVICE, TIMINGS } from '../routes/recogniser.ts';
import { QUANTILES, times } from '../routes/row.ts';
import { type Endpoint, ONE_ROUTE, rangeOf, read } from './endpoint.ts';
import { filters } from './filters.ts';

export const blocks: Endpoint = {
  method: 'GET',
  path: '/api/blocks',
  async handle(query, context) {
    const { route, method, service, window, end } = read(ONE_ROUTE, query);
    const { from, to } = rangeOf(context, window, end);
    const metrics = await context.store.metrics();
    const units = metrics.map((metric) => metric.name).filter((name) => unitMetric(name) !== undefined);
    const { blocks, cpus } = blockMetrics(metrics);
    const select = {
      types: TIMINGS,
      where: {
        ...filters(query),
        ...unitTags({ route, method: method === 'OTHER' ? 'other' : method }),
      },
      by: [SERVICE],
      from,
      to,
    };
    const isMine = (one: { tags: Readonly<Record<string, string>>; name: string }) =>
      service === undefined || (one.tags[SERVICE[0]!] || unitMetric(one.name)?.prefix || '') === service;
    const isMyBlock = (one: { tags: Readonly<Record<string, string>> }) =>
      service === undefined || one.tags[SERVICE[0]!] === '' || one.tags[SERVICE[0]!] === service;
    const { store } = context;
    const [walls, cpuTimes, around] = await Promise.all([
      store.summary({ ...select, names: blocks, quantiles: QUANTILES }),
      store.summary({ ...select, names: cpus, quantiles: QUANTILES }),
      store.summary({ ...select, names: units, quantiles: [], need: 'means' }),
    ]);
    const total = { count: 0, sum: 0 };
    for (const one of around.filter(isMine)) {
      total.count += one.count;
      total.sum += one.sum;
    }
    const rows = walls.filter(isMyBlock).map((wall) => {
      const cpu = cpuTimes.find(
        (one) => one.name === `${wall.name}.cpu` && one.tags[SERVICE[0]!] === wall.tags[SERVICE[0]!],
      );
      return {
        name: wall.name,
        service: wall.tags[SERVICE[0]!],
        count: wall.count,
        perRequest: total.count > 0 ? wall.count / total.count : null,
        wall: times(wall, 1),
        cpu: cpu === undefined ? null : times(cpu, 1),
        // Blocks that run beside each other can have more time than the request that waits for them.
        share: total.sum > 0 ? wall.sum / total.sum : null,
        sum: wall.sum,
      };
    });
    rows.sort((a, b) => b.sum - a.sum);
    return { window, requests: total.count, blocks: rows.map(({ sum: _, ...row }) => row) };
  },
};
