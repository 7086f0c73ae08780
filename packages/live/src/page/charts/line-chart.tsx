import { useMemo, useState } from 'preact/hooks';
import type uPlot from 'uplot';
import type { Data } from '../model/align.ts';
import { clock } from '../model/formatting.ts';
import { aroundZero, type Colors, type Kind, lonePoints, Plot, zeroLine } from './plot.tsx';

export interface Line {
  name: string;
  /** A colour of the page, or one of its own. */
  color: keyof Colors | `#${string}`;
  width?: number;
  dash?: number[];
  alpha?: number;
  help?: string;
}

interface Props {
  title: string;
  unit: string;
  lines: readonly Line[];
  data: Data;
  from: number;
  to: number;
  height?: number;
  help?: string;
  format: (value: number | null | undefined) => string;
}

/** Lines over time around 0, with a legend that reads the values under the cross-hair. */
export function LineChart(props: Props) {
  const { title, unit, lines, data, from, to, height = 190, help, format } = props;
  const [index, hover] = useState<number | null>(null);
  const shape = JSON.stringify(lines);
  const kind = useMemo(() => kindOf(lines, height, format), [shape, height, format]);
  const at = index ?? lastIndex(data);
  const time = data[0][at];
  return (
    <figure class="chart">
      <figcaption>
        <span class="chart-title" tabIndex={help ? 0 : undefined} data-say={help}>
          {title} {unit ? <small>{unit}</small> : null}
        </span>
        <ul class="chart-legend">
          {lines.map((line, i) => (
            <li key={line.name} tabIndex={line.help ? 0 : undefined} data-say={line.help}>
              <LineSample line={line} />
              <bdi class="chart-name">{line.name.slice(0, 60)}</bdi>
              <b class="num">{format(data[i + 1]?.[at])}</b>
            </li>
          ))}
          <li class="chart-time">{time === undefined ? '' : clock(time * 1000)}</li>
        </ul>
      </figcaption>
      <Plot label={`${title} over time`} kind={kind} data={data} from={from} to={to} onHover={hover} />
    </figure>
  );
}

/** The last point that is over: the newest second is still filling. */
function lastIndex(data: Data): number {
  return Math.max(0, data[0].length - 2);
}

/** Axis labels need no zeros behind the point. */
const trimmed = (text: string) => text.replace(/(\.\d*?)0+(?=\D|$)/, '$1').replace(/\.(?=\D|$)/, '');

function LineSample({ line }: { line: Line }) {
  const stroke = line.color.startsWith('#') ? line.color : `var(--${line.color})`;
  return (
    <svg class="line-sample" viewBox="0 0 16 4" aria-hidden="true">
      <line
        x1="0"
        x2="16"
        y1="2"
        y2="2"
        stroke={stroke}
        stroke-width={line.width ?? 1.5}
        stroke-dasharray={line.dash?.join(' ')}
        opacity={line.alpha}
      />
    </svg>
  );
}

function kindOf(lines: readonly Line[], height: number, format: Props['format']) {
  return (colors: Colors): Kind => ({
    height,
    scale: aroundZero,
    axis: { values: (_u, splits) => splits.map((split) => trimmed(format(split))) },
    hooks: { drawAxes: [(u) => zeroLine(u, colors.muted)] },
    series: lines.map((line): uPlot.Series => {
      const stroke = line.color.startsWith('#') ? line.color : colors[line.color as keyof Colors];
      return {
        label: line.name,
        stroke,
        width: line.width ?? 1.5,
        ...(line.dash ? { dash: line.dash } : {}),
        alpha: line.alpha ?? 1,
        spanGaps: false,
        points: { show: true, filter: lonePoints, size: 4, fill: stroke },
      };
    }),
  });
}
