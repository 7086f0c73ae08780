import { useMemo } from 'preact/hooks';
import { query } from '../api/client.ts';
import type { Metric, QueryAnswer } from '../api/types.ts';
import type { Column, Data } from '../model/align.ts';
import { timesOf } from '../model/align.ts';
import { axisFor } from '../model/axis.ts';
import { short, whole } from '../model/formatting.ts';
import { held } from '../model/hold.ts';
import { config } from '../model/live.ts';
import { useLoad } from '../model/load.ts';
import { queried, unitOf } from '../model/metric.ts';
import { filtersOf } from '../model/metric-filter.ts';
import { splitBy } from '../model/split.ts';
import { range } from '../model/zoom.ts';
import { type Line, LineChart } from './line-chart.tsx';

interface Props {
  metric: Metric;
  stat: string;
  /** Tag key to split by, or empty. */
  by: string;
  title?: string;
  unit?: string;
  help?: string;
  height?: number;
  format?: (value: number | null | undefined) => string;
}

/** More lines than this cannot be told apart: the rest is one. */
const MOST_LINES = 8;
const COLORS: Line['color'][] = [
  'accent',
  '#D55E00',
  '#009E73',
  '#CC79A7',
  '#E69F00',
  '#56B4E9',
  '#8C6BB1',
  '#8A6D3B',
];
const PERCENTILES: Record<string, Omit<Line, 'name'>> = {
  p50: { color: 'accent', alpha: 0.55 },
  p95: { color: 'accent', width: 2 },
  p99: { color: 'muted', width: 1 },
};

/** One metric over time, by its type, split by one tag if asked. */
export function MetricChart({ metric, stat, by, title, unit, help, height, format = short }: Props) {
  const { window, step } = range.value;
  const parameters = {
    name: metric.name,
    type: metric.type,
    stat: queried(stat),
    by,
    ...(by ? { limit: MOST_LINES } : {}),
    ...filtersOf(metric),
    ...range.value,
  };
  const { data, refused } = useLoad(
    JSON.stringify(parameters),
    (signal) => query(parameters, signal),
    step <= 5 && window <= 900 ? 2000 : 5000,
  );
  const before = useBefore(metric, stat, by, data);
  const { lines, columns, kept } = useMemo(() => shape(data, by, before), [data, by, before]);
  const axis = axisFor(data, columns[0].length);
  return (
    <>
      {refused ? <p class="notice lost">{refused}</p> : null}
      <LineChart
        title={title ?? stat}
        unit={unit ?? unitOf(metric.type, stat, metric.unit)}
        {...(help ? { help } : {})}
        {...(height ? { height } : {})}
        lines={lines}
        data={columns}
        held={kept}
        format={format}
        {...axis}
      />
    </>
  );
}

/** The last value of each series ahead of the chart: a gauge that was set once, long ago, still has it. */
type Before = ReadonlyMap<string, number>;

/** So far is looked back over an engine, whose retention has no end. */
const LONGEST_BEFORE = 86_400;

function useBefore(metric: Metric, stat: string, by: string, answer: QueryAnswer | null): Before | null {
  const isGauge = metric.type === 'gauge';
  const { window } = range.value;
  const back = Math.min(config.value?.retention ?? 0, LONGEST_BEFORE) - window;
  // The least and the greatest of one value are itself.
  const kept = stat === 'min' || stat === 'max' ? 'last' : stat;
  const parameters = { name: metric.name, type: metric.type, stat: kept, by, ...filtersOf(metric) };
  const end = answer ? answer.start - 1 : 0;
  const question = { ...parameters, window: back, step: back, end };
  const asks = isGauge && answer !== null && back > 0;
  // What was before moves on slowly: asked again for another chart, and with each minute.
  const key = asks ? JSON.stringify({ ...question, end: Math.floor(end / 60_000) }) : '';
  const { data } = useLoad(key, (signal) => (asks ? query(question, signal) : Promise.resolve(null)), 60_000);
  return useMemo(() => {
    if (!isGauge) return null;
    const known = (data?.series ?? []).flatMap(({ tags, points }) => {
      const last = points.findLast((point) => point !== null);
      return last === undefined || last === null ? [] : [[tags[by] ?? '', last] as const];
    });
    return new Map(known);
  }, [isGauge, data, by]);
}

interface Shape {
  lines: Line[];
  columns: Data;
  /** Gauges: what each line keeps where nothing was sent. */
  kept: Column[] | undefined;
}

function shape(answer: QueryAnswer | null, by: string, before: Before | null): Shape {
  if (!answer) return { lines: [], columns: [[]], kept: undefined };
  const { shown, others } = by ? splitBy(by, answer.series) : { shown: answer.series, others: null };
  const count = Math.max(0, ...answer.series.map((series) => series.points.length));
  const lines = shown.map((series, index): Line => {
    if (!by) return { name: series.stat, ...(PERCENTILES[series.stat] ?? { color: 'accent' }) };
    return { name: series.tags[by] || '(none)', color: COLORS[index]! };
  });
  const points = shown.map((series) => series.points);
  const kept = before
    ? shown.map((one) => held(one.points, before.get(one.tags[by] ?? '') ?? null))
    : undefined;
  if (others) {
    lines.push({ name: `${whole(others.count)} others`, color: 'muted', dash: [6, 3] });
    points.push(others.points);
    kept?.push(held(others.points, null));
  }
  return { lines, columns: [timesOf(answer.start, answer.step, count), ...points], kept };
}
