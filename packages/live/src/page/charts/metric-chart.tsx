import { useMemo } from 'preact/hooks';
import { query } from '../api/client.ts';
import type { Metric, QueryAnswer, QuerySeries } from '../api/types.ts';
import type { Data } from '../model/align.ts';
import { timesOf } from '../model/align.ts';
import { axisFor } from '../model/axis.ts';
import { short } from '../model/formatting.ts';
import { useLoad } from '../model/load.ts';
import { queried, unitOf } from '../model/metric.ts';
import { hostParameters } from '../model/tag-filter.ts';
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

/** More lines than this cannot be told apart; the rest is counted. */
const MOST_LINES = 8;
const COLORS: Line['color'][] = [
  'accent',
  '#D55E00',
  '#009E73',
  '#CC79A7',
  '#E69F00',
  '#56B4E9',
  '#8C6BB1',
  'muted',
];
const PERCENTILES: Record<string, Omit<Line, 'name'>> = {
  p50: { color: 'accent', alpha: 0.55 },
  p95: { color: 'accent', width: 2 },
  p99: { color: 'muted', width: 1 },
};

/** One metric over time, by its type, split by one tag if asked. */
export function MetricChart({ metric, stat, by, title, unit, help, height, format = short }: Props) {
  const { window, step } = range.value;
  // What no host sent by its name is of all of them.
  const filters = metric.tags.includes('host') ? hostParameters() : {};
  const parameters = {
    name: metric.name,
    type: metric.type,
    stat: queried(stat),
    by,
    ...filters,
    ...range.value,
  };
  const { data, refused } = useLoad(
    JSON.stringify(parameters),
    (signal) => query(parameters, signal),
    step <= 5 && window <= 900 ? 2000 : 5000,
  );
  const { lines, columns, more } = useMemo(() => shape(data, by), [data, by]);
  const axis = axisFor(data, columns[0].length);
  return (
    <>
      {refused ? <p class="notice lost">{refused}</p> : null}
      <LineChart
        title={title ?? stat}
        unit={unit ?? unitOf(metric.type, stat)}
        {...(help ? { help } : {})}
        {...(height ? { height } : {})}
        lines={lines}
        data={columns}
        format={format}
        {...axis}
      />
      {more > 0 ? <p class="muted">and {more} more with smaller values</p> : null}
    </>
  );
}

const latest = (series: QuerySeries) => series.points.findLast((point) => point !== null) ?? 0;

function shape(answer: QueryAnswer | null, by: string): { lines: Line[]; columns: Data; more: number } {
  if (!answer) return { lines: [], columns: [[]], more: 0 };
  const all = by ? [...answer.series].sort((a, b) => latest(b) - latest(a)) : answer.series;
  // Then by name, so that colours stay with their lines while values change.
  const shown = all.slice(0, MOST_LINES);
  if (by) shown.sort((a, b) => ((a.tags[by] ?? '') < (b.tags[by] ?? '') ? -1 : 1));
  const count = Math.max(0, ...shown.map((series) => series.points.length));
  return {
    lines: shown.map((series, index) => ({
      name: by ? series.tags[by] || '(none)' : series.stat,
      ...(by ? { color: COLORS[index]! } : (PERCENTILES[series.stat] ?? { color: 'accent' })),
    })),
    columns: [timesOf(answer.start, answer.step, count), ...shown.map((series) => series.points)],
    more: all.length - shown.length,
  };
}
