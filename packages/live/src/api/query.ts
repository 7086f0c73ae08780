import * as v from 'valibot';
import { TIMINGS } from '../routes/recogniser.ts';
import type { MetricType, Points } from '../store/store.ts';
import {
  type ApiContext,
  ApiError,
  type Endpoint,
  end,
  needed,
  rangeOf,
  read,
  whole,
  window,
} from './endpoint.ts';
import { filters } from './filters.ts';

const PLAIN = ['count', 'rate', 'sum', 'mean', 'min', 'max', 'last', 'latest'] as const;
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
  limit: v.optional(whole(1, MAX_SERIES, 'series'), `${MAX_SERIES}`),
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
    const [ranking] = stats;
    const selection = {
      names: [asked.name],
      ...(asked.type === undefined ? {} : { types: [asked.type] }),
      where: filters(parameters, OWN),
      by: listOf('by', asked.by, MAX_BY),
      from,
      to,
      step,
      top: { most: asked.limit, stat: ranking ?? '' },
    };
    if (stats.includes(HEAT)) {
      const heat = await context.store.heat(selection);
      return {
        start: heat.start,
        step: heat.step,
        ...moreOf(heat.series),
        series: heat.series.map(({ tags, points, others }) => ({
          tags,
          stat: HEAT,
          ...othersOf(others),
          bins: heat.bins,
          points,
        })),
      };
    }
    const percentiles = stats.length > 0 ? stats.filter(isQuantile) : [USUAL_PERCENTILE];
    const quantiles = percentiles.map(quantileOf);
    const over = wholeEnd(context, to);
    // A slot that is not over would make the last point of a rate fall.
    const whole = { ...selection, to: Math.min(to, over - 1) };
    const isWhole = whole.to === to;
    const infos = isWhole || stats.length > 0 ? [] : await context.store.metrics();
    const isCount = infos.some(({ name, type }) => name === asked.name && type === 'count');
    const isRate = stats.length > 0 ? stats.every((stat) => stat === 'rate') : isCount;
    const answer = await context.store.points({ ...(isRate ? whole : selection), quantiles });
    const rates =
      isWhole || isRate || !stats.includes('rate')
        ? answer
        : await context.store.points({ ...whole, quantiles: [] });
    const ratesOf = new Map(rates.series.map((one) => [idOf(one), one.points]));
    return {
      start: answer.start,
      step: answer.step,
      ...moreOf(answer.series),
      series: answer.series.flatMap((one) => {
        const wanted = stats.length > 0 ? stats : [usual(one.type)];
        return wanted.map((stat) => {
          const points = stat === 'rate' ? (ratesOf.get(idOf(one)) ?? []) : one.points;
          return {
            tags: one.tags,
            type: one.type,
            stat,
            ...othersOf(one.others),
            ...(isQuantile(stat) ? { within: withinOf(one.points, percentiles.indexOf(stat)) } : {}),
            points: one.points.map((_, i) => {
              const start = answer.start + i * answer.step * 1000;
              // The first may reach back before the first sample.
              const seconds = Math.min(answer.step, (over - start) / 1000, Math.max(1, elapsed));
              if (stat === 'rate' && (seconds <= 0 || i >= points.length)) return null;
              return statOf(stat, one.type, points[i] ?? null, seconds, percentiles.indexOf(stat));
            }),
          };
        });
      }),
    };
  },
};

/** Where the last slot ends that is over, in Unix ms. */
function wholeEnd({ store, clock }: ApiContext, to: number): number {
  const end = (Math.floor(to / store.slotMs) + 1) * store.slotMs;
  return end > clock() ? end - store.slotMs : end;
}

/** So many series are not told one by one. */
function moreOf(series: readonly { others?: number }[]): { more?: number } {
  const more = series.reduce((sum, { others = 0 }) => sum + others, 0);
  return more > 0 ? { more } : {};
}

function othersOf(others: number | undefined): { others?: true; count?: number } {
  return others === undefined ? {} : { others: true, count: others };
}

/** The same for the same series of two answers. */
function idOf({ type, tags, others }: Points): string {
  return JSON.stringify([type, others === undefined, tags]);
}

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
  const { level } = point;
  if (stat === 'min') return point.min;
  if (stat === 'max') return point.max;
  if (type === 'gauge') {
    if (stat === 'last' || stat === 'mean') return point.last;
    if (stat === 'sum') return level?.sum ?? null;
    return stat === 'latest' ? (level?.latest ?? null) : null;
  }
  if (stat === 'sum') return point.sum;
  if (stat === 'mean') return isTiming ? point.sum / point.count : null;
  return point.quantiles[quantile] ?? null;
}
