import * as v from 'valibot';
import { TIMINGS } from '../routes/recogniser.ts';
import type { MetricType, Points } from '../store/store.ts';
import { ApiError, type Endpoint, end, needed, rangeOf, read, whole, window } from './endpoint.ts';
import { filters } from './filters.ts';

const PLAIN = ['count', 'rate', 'sum', 'mean', 'min', 'max', 'last'] as const;
const HEAT = 'heat';
const USUAL_PERCENTILE = 'p95';
const MAX_POINTS = 2000;
const MAX_SERIES = 100;
/** Each statistic is worked out for every point, each tag looked up for every series: a URL has room for thousands. */
const MAX_STATS = 20;
const MAX_BY = 10;
const TYPES = ['count', 'gauge', 'timing', 'histogram', 'distribution', 'set'] as const;

const Query = v.object({
  name: needed('is required: the name of a metric in /api/metrics'),
  window,
  step: v.optional(whole(1, 86_400, 'seconds')),
  end,
  type: v.optional(v.picklist(TYPES, `must be one of ${TYPES.join(', ')}`)),
  by: v.optional(v.string(), ''),
  stat: v.optional(v.string(), ''),
});
const OWN = new Set(Object.keys(Query.entries));

export const query: Endpoint = {
  method: 'GET',
  path: '/api/query',
  async handle(parameters, context) {
    const asked = read(Query, parameters);
    const stats = statsOf(asked.stat);
    const { from, to, elapsed } = rangeOf(context, asked.window, asked.end);
    const step = asked.step ?? Math.max(1, Math.ceil(asked.window / 300));
    if (asked.window / step > MAX_POINTS) {
      throw new ApiError(
        400,
        'BAD_PARAMETER',
        `step=${step}: more than ${MAX_POINTS} points; ask for a longer step`,
      );
    }
    const selection = {
      names: [asked.name],
      ...(asked.type === undefined ? {} : { types: [asked.type] }),
      where: filters(parameters, OWN),
      by: listOf('by', asked.by, MAX_BY),
      from,
      to,
      step,
    };
    if (stats.includes(HEAT)) {
      const heat = await context.store.heat(selection);
      return {
        start: heat.start,
        step: heat.step,
        series: heat.series
          .slice(0, MAX_SERIES)
          .map(({ tags, points }) => ({ tags, stat: HEAT, bins: heat.bins, points })),
      };
    }
    const percentiles = stats.length > 0 ? stats.filter(isQuantile) : [USUAL_PERCENTILE];
    const quantiles = percentiles.map(quantileOf);
    const answer = await context.store.points({ ...selection, quantiles });
    const limited = answer.series.slice(0, MAX_SERIES);
    return {
      start: answer.start,
      step: answer.step,
      // So many series were left out.
      ...(limited.length < answer.series.length ? { more: answer.series.length - limited.length } : {}),
      series: limited.flatMap((one) => {
        const wanted = stats.length > 0 ? stats : [usual(one.type)];
        return wanted.map((stat) => ({
          tags: one.tags,
          type: one.type,
          stat,
          ...(isQuantile(stat) ? { within: withinOf(one.points, percentiles.indexOf(stat)) } : {}),
          points: one.points.map((point, i) => {
            // The last point is not over yet, the first may reach back before the first sample.
            const start = answer.start + i * answer.step * 1000;
            const seconds = Math.min(answer.step, elapsed, Math.max(1, (to + 1 - start) / 1000));
            return statOf(stat, one.type, point, seconds, percentiles.indexOf(stat));
          }),
        }));
      }),
    };
  },
};

/** How far any of the points can be off. */
function withinOf(points: Points['points'], quantile: number): number | null {
  const errors = points.flatMap((point) => point?.errors[quantile] ?? []);
  return errors.length > 0 ? Math.max(...errors) : null;
}

function statsOf(text: string): string[] {
  const stats = listOf('stat', text, MAX_STATS);
  for (const stat of stats) {
    if ((PLAIN as readonly string[]).includes(stat) || stat === HEAT || isQuantile(stat)) continue;
    throw new ApiError(
      400,
      'BAD_PARAMETER',
      `stat=${stat}: must be one of ${PLAIN.join(', ')}, p1 to p99 (or p99.9), ${HEAT}, or several with commas`,
    );
  }
  return stats;
}

function listOf(name: string, text: string, max: number): string[] {
  const list = text === '' ? [] : [...new Set(text.split(','))];
  if (list.length <= max) return list;
  throw new ApiError(400, 'BAD_PARAMETER', `${name}=${list.slice(0, 3)},...: at most ${max} at once`);
}

function isQuantile(stat: string): boolean {
  return /^p\d{1,2}(?:\.\d{1,3})?$/.test(stat);
}

function quantileOf(stat: string): number {
  return Number(stat.slice(1)) / 100;
}

/** What a metric of this type is usually looked at as. */
function usual(type: MetricType): string {
  if (type === 'gauge') return 'last';
  if (type === 'count') return 'rate';
  return type === 'set' ? 'count' : USUAL_PERCENTILE;
}

function statOf(
  stat: string,
  type: MetricType,
  point: Points['points'][0],
  seconds: number,
  quantile: number,
): number | null {
  const isTiming = TIMINGS.includes(type);
  // Counters count by their value, sets their members, all else its samples.
  const count = point === null ? 0 : type === 'count' || type === 'set' ? point.sum : point.count;
  if (stat === 'count') return count;
  if (stat === 'rate') return count / seconds;
  if (point === null) return stat === 'sum' && type === 'count' ? 0 : null;
  if (stat === 'sum') return point.sum;
  if (stat === 'min') return point.min;
  if (stat === 'max') return point.max;
  if (stat === 'last') return point.last;
  if (stat === 'mean') return isTiming || type === 'gauge' ? point.sum / point.count : null;
  return point.quantiles[quantile] ?? null;
}
