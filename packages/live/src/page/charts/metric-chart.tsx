import { useMemo } from 'preact/hooks';
import { query } from '../api/client.ts';
import type { Metric, QueryAnswer } from '../api/types.ts';
import type { Data } from '../model/align.ts';
import { timesOf } from '../model/align.ts';
import { axisFor } from '../model/axis.ts';
import { short, whole } from '../model/formatting.ts';
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
  const { lines, columns } = useMemo(() => shape(data, by), [data, by]);
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
        format={format}
        {...axis}
      />
    </>
  );
}

interface Shape {
  lines: Line[];
  columns: Data;
}

function shape(answer: QueryAnswer | null, by: string): Shape {
  if (!answer) return { lines: [], columns: [[]] };
  const { shown, others } = by ? splitBy(by, answer.series) : { shown: answer.series, others: null };
  const count = Math.max(0, ...answer.series.map((series) => series.points.length));
  const lines = shown.map((series, index): Line => {
    if (!by) return { name: series.stat, ...(PERCENTILES[series.stat] ?? { color: 'accent' }) };
    return { name: series.tags[by] || '(none)', color: COLORS[index]! };
  });
  const points = shown.map((series) => series.points);
  if (others) {
    lines.push({ name: `${whole(others.count)} others`, color: 'muted', dash: [6, 3] });
    points.push(others.points);
  }
  return { lines, columns: [timesOf(answer.start, answer.step, count), ...points] };
}
