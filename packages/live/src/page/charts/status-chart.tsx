import { useMemo } from 'preact/hooks';
import type { QueryAnswer } from '../api/types.ts';
import type { Data } from '../model/align.ts';
import { timesOf } from '../model/align.ts';
import { three } from '../model/formatting.ts';
import { type Line, LineChart } from './line-chart.tsx';

interface Props {
  answer: QueryAnswer | null;
  statusKey: string | undefined;
  from: number;
  to: number;
}

/** Classes of statuses by their first digit, and outcomes of units that are no requests. */
const CLASSES: (Line & { begin: string })[] = [
  { begin: '2', name: '2xx', color: 'accent' },
  { begin: '3', name: '3xx', color: 'accent', dash: [4, 3] },
  { begin: '4', name: '4xx', color: '#E69F00' },
  { begin: '5', name: '5xx', color: 'alarm' },
  { begin: 'ok', name: 'ok', color: 'accent' },
  { begin: 'retry', name: 'retry', color: '#E69F00' },
  { begin: 'error', name: 'error', color: 'alarm' },
  { begin: 'stalled', name: 'stalled', color: 'alarm', dash: [4, 3] },
];

/** Units per second, by the class of their answer or by outcome; only those that occurred. */
export function StatusChart({ answer, statusKey, from, to }: Props) {
  const { lines, data } = useMemo(() => byClass(answer, statusKey), [answer, statusKey]);
  return (
    <LineChart
      title={statusKey === 'outcome' ? 'Runs' : 'Requests'}
      unit={statusKey === 'outcome' ? '/s, by outcome' : '/s, by status'}
      lines={lines}
      data={data}
      from={from}
      to={to}
      height={120}
      format={three}
    />
  );
}

function byClass(answer: QueryAnswer | null, key: string | undefined): { lines: Line[]; data: Data } {
  if (!answer || !key) return { lines: [], data: [[]] };
  const count = Math.max(0, ...answer.series.map((series) => series.points.length));
  const present = CLASSES.filter(({ begin }) =>
    answer.series.some((one) => one.tags[key]?.startsWith(begin)),
  );
  const sums = present.map(({ begin }) => {
    const mine = answer.series.filter((one) => one.tags[key]?.startsWith(begin));
    return Array.from({ length: count }, (_, index) =>
      mine.reduce((sum, one) => sum + (one.points[index] ?? 0), 0),
    );
  });
  return {
    lines: present.map(({ begin: _, ...line }) => line),
    data: [timesOf(answer.start, answer.step, count), ...sums],
  };
}
