import { useMemo, useRef, useState } from 'preact/hooks';
import type uPlot from 'uplot';
import type { HeatAnswer } from '../api/types.ts';
import type { Data } from '../model/align.ts';
import { timesOf } from '../model/align.ts';
import { clock, short, three, whole } from '../model/formatting.ts';
import { binOf, fullest, logSplits, lowerBound, strength } from '../model/heat.ts';
import { type Colors, type Kind, Plot } from './plot.tsx';

interface Props {
  answer: HeatAnswer | null;
  from: number;
  to: number;
}

interface Spot {
  column: number;
  value: number;
}

/** How many requests took how long, when: latency upwards (logarithmic), the darker the more. */
export function HeatChart({ answer, from, to }: Props) {
  const latest = useRef(answer);
  latest.current = answer;
  const [spot, hover] = useState<Spot | null>(null);
  const kind = useMemo(() => kindOf(latest, hover), []);
  const data = useMemo<Data>(() => dataOf(answer), [answer]);
  return (
    <figure class="chart">
      <figcaption>
        <span class="chart-title" tabIndex={0} data-say={HELP}>
          Heat map <small>ms, logarithmic</small>
        </span>
        <span class="chart-legend">{answer && spot ? describe(answer, spot) : ''}</span>
      </figcaption>
      <Plot label="Heat map of latency over time" kind={kind} data={data} from={from} to={to} />
    </figure>
  );
}

const HELP =
  'Each cell: how many requests of that moment took that long. The stronger the colour the more; two bands are two kinds of requests.';

function describe(answer: HeatAnswer, { column, value }: Spot): string {
  const bin = binOf(answer.bins, value);
  const time = clock(answer.start + column * answer.step * 1000);
  if (bin < 0) return time;
  const count = answer.points[column]?.[bin] ?? 0;
  return `${three(lowerBound(answer.bins, bin))} to ${three(answer.bins[bin])} ms: ${whole(count)} requests, ${time}`;
}

/** uPlot needs columns for its cursor; the cells are drawn from the answer itself. */
function dataOf(answer: HeatAnswer | null): Data {
  if (!answer) return [[], []];
  const times = timesOf(answer.start, answer.step, answer.points.length);
  return [times, times.map(() => null)];
}

function kindOf(latest: { current: HeatAnswer | null }, hover: (spot: Spot | null) => void) {
  return (colors: Colors): Kind => ({
    height: 190,
    series: [{ show: true, points: { show: false } }],
    scale: {
      distr: 3,
      log: 10,
      range: () => {
        const bins = latest.current?.bins ?? [];
        return bins.length > 0 ? [lowerBound(bins, 0), bins.at(-1)!] : [1, 1000];
      },
    },
    axis: {
      splits: (_u, _axis, min, max) => logSplits(min, max),
      values: (_u, splits) => splits.map((split) => short(split)),
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
