import type { Live } from '../live.ts';
import type { Kind, Reading } from './reading.ts';

const KINDS: Record<string, Kind> = { count: 'count', gauge: 'gauge', set: 'set' };
/** Longer than any of these runs; one point holds it, or two where its edge falls into it. */
const WINDOW = 600;

interface Answer {
  series: { tags: Record<string, string>; stat: string; points: (number | null)[] }[];
}

/** Everything that a live server has, asked back over its API. */
export async function readLive(live: Live): Promise<Reading[]> {
  const { metrics } = (await live.get('/api/metrics')) as {
    metrics: { name: string; type: string; tags: string[] }[];
  };
  const readings: Reading[] = [];
  for (const { name, type, tags } of metrics) {
    const kind = KINDS[type] ?? 'timing';
    const stat = { count: 'sum', gauge: 'last', set: 'count', timing: 'count,sum' }[kind];
    const query = new URLSearchParams({ name, type, stat, window: String(WINDOW), step: String(WINDOW) });
    if (tags.length > 0) query.set('by', tags.join(','));
    const { series } = (await live.get(`/api/query?${query}`)) as Answer;
    for (const { tags: found, stat, points } of series) {
      const values = points.filter((point) => point !== null);
      const total = values.reduce((sum, value) => sum + value, 0);
      const key = JSON.stringify(found);
      const own = kind === 'gauge' ? values.at(-1)! : total;
      if (kind !== 'timing') {
        readings.push({ name, tags: found, kind, value: own });
        continue;
      }
      const known = readings.find(
        (one) => one.name === name && one.kind === kind && JSON.stringify(one.tags) === key,
      );
      if (known === undefined) readings.push({ name, tags: found, kind, [stat]: total });
      else Object.assign(known, { [stat]: total });
    }
  }
  return readings;
}
