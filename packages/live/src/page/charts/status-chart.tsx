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

const CLASSES: (Line & { digit: string })[] = [
  { digit: '2', name: '2xx', color: 'accent' },
  { digit: '3', name: '3xx', color: 'accent', dash: [4, 3] },
  { digit: '4', name: '4xx', color: '#E69F00' },
  { digit: '5', name: '5xx', color: 'alarm' },
];

/** Requests per second, by the class of their answer; only classes that occurred. */
export function StatusChart({ answer, statusKey, from, to }: Props) {
  const { lines, data } = useMemo(() => byClass(answer, statusKey), [answer, statusKey]);
  return (
    <LineChart
      title="Requests"
      unit="/s, by status"
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
  const present = CLASSES.filter(({ digit }) =>
    answer.series.some((one) => one.tags[key]?.startsWith(digit)),
  );
  const sums = present.map(({ digit }) => {
    const mine = answer.series.filter((one) => one.tags[key]?.startsWith(digit));
    return Array.from({ length: count }, (_, index) =>
      mine.reduce((sum, one) => sum + (one.points[index] ?? 0), 0),
    );
  });
  return {
    lines: present.map(({ digit: _, ...line }) => line),
    data: [timesOf(answer.start, answer.step, count), ...sums],
  };
}
