import { useMemo, useRef, useState } from 'preact/hooks';
import type uPlot from 'uplot';
import type { HeatAnswer } from '../api/types.ts';
import type { Data } from '../model/align.ts';
import { timesOf } from '../model/align.ts';
import { clock, short, three, whole } from '../model/formatting.ts';
import {
  binOf,
  fullest,
  type Heat,
  heatRange,
  logSplits,
  lowerBound,
  strength,
  withoutGap,
  zeroMark,
} from '../model/heat.ts';
import { type Colors, type Kind, Plot } from './plot.tsx';

interface Props {
  answer: HeatAnswer | null;
  unit: string;
  /** What is counted: requests, samples. */
  of: string;
  height?: number;
  from: number;
  to: number;
}

interface Spot {
  column: number;
  value: number;
}

/** How many had which value, when: values upwards (logarithmic), the darker the more. */
export function HeatChart({ answer, unit, of, from, to, height = 190 }: Props) {
  const heat = useMemo(() => answer && withoutGap(answer), [answer]);
  const latest = useRef(heat);
  latest.current = heat;
  const [spot, hover] = useState<Spot | null>(null);
  const kind = useMemo(() => kindOf(latest, hover, height), [height]);
  const data = useMemo<Data>(() => dataOf(heat), [heat]);
  return (
    <figure class="chart">
      <figcaption>
        <span
          class="chart-title"
          tabIndex={0}
          data-say={`Each cell: how many ${of} of that moment had that value. The stronger the colour the more; two bands are two kinds of ${of}.`}
        >
          Heat map <small>{unit ? `${unit}, ` : ''}logarithmic</small>
        </span>
        <span class="chart-legend">{heat && spot ? describe(heat, spot, unit, of) : ''}</span>
      </figcaption>
      <Plot label="Heat map of values over time" kind={kind} data={data} from={from} to={to} />
    </figure>
  );
}

function describe(heat: Heat, { column, value }: Spot, unit: string, of: string): string {
  const bin = binOf(heat.bins, value);
  const time = clock(heat.start + column * heat.step * 1000);
  if (bin < 0) return time;
  const count = heat.points[column]?.[bin] ?? 0;
  const bounds =
    heat.hasZero && bin === 0
      ? '0 or less'
      : `${three(lowerBound(heat.bins, bin))} to ${three(heat.bins[bin])}${unit ? ` ${unit}` : ''}`;
  return `${bounds}: ${whole(count)} ${of}, ${time}`;
}

/** uPlot needs columns for its cursor; the cells are drawn from the answer itself. */
function dataOf(answer: HeatAnswer | null): Data {
  if (!answer) return [[], []];
  const times = timesOf(answer.start, answer.step, answer.points.length);
  return [times, times.map(() => null)];
}

function kindOf(latest: { current: Heat | null }, hover: (spot: Spot | null) => void, height: number) {
  return (colors: Colors): Kind => ({
    height,
    series: [{ show: true, points: { show: false } }],
    scale: {
      distr: 3,
      log: 10,
      range: () => heatRange(latest.current?.bins ?? []),
    },
    axis: {
      splits: (_u, _axis, min, max) => splitsOf(latest.current, min, max),
      values: (_u, splits) =>
        splits.map((split) => (isZero(latest.current, split) ? '\u2264 0' : short(split))),
      filter: (_u, splits) => splits,
    },
    hooks: {
      draw: [(u) => latest.current && drawCells(u, latest.current, colors.accent)],
      setCursor: [
        (u) => {
          const { left = -1, top = -1 } = u.cursor;
          const answer = latest.current;
          if (!answer || left < 0 || top < 0) return hover(null);
          const at = u.posToVal(left, 'x') * 1000;
          hover({
            column: Math.floor((at - answer.start) / 1000 / answer.step),
            value: u.posToVal(top, 'y'),
          });
        },
      ],
    },
  });
}

const isZero = (heat: Heat | null, split: number) => heat?.hasZero === true && split <= heat.bins[0]!;

function splitsOf(heat: Heat | null, min: number, max: number): number[] {
  if (!heat?.hasZero) return logSplits(min, max);
  const above = heat.bins.length > 1 ? logSplits(heat.bins[0]! * 1.01, max) : [];
  return [zeroMark(heat.bins), ...above];
}

function drawCells(u: uPlot, answer: HeatAnswer, color: string): void {
  const { ctx, bbox } = u;
  const most = fullest(answer.points);
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  ctx.fillStyle = color;
  const tops = answer.bins.map((upper) => Math.round(u.valToPos(upper, 'y', true)));
  const bottoms = answer.bins.map((_, index) =>
    Math.round(u.valToPos(lowerBound(answer.bins, index), 'y', true)),
  );
  const edge = (column: number) =>
    Math.round(u.valToPos(answer.start / 1000 + column * answer.step, 'x', true));
  answer.points.forEach((row, column) => {
    const left = edge(column);
    const width = edge(column + 1) - left;
    row?.forEach((count, bin) => {
      if (count <= 0) return;
      ctx.globalAlpha = strength(count, most);
      // A pixel of air shows the cells as cells, when they are wide enough to spare it.
      const air = width > 5 ? 1 : 0;
      ctx.fillRect(left, tops[bin]! + 1, width - air, Math.max(1, bottoms[bin]! - tops[bin]! - 1));
    });
  });
  ctx.restore();
}
