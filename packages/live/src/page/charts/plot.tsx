import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import type { Data } from '../model/align.ts';
import { clock } from '../model/formatting.ts';
import { valueRange } from '../model/scale.ts';
import { isDark } from '../model/theme.ts';
import { zoomTo } from '../model/zoom.ts';

/** What one chart is, without its data; made anew when the theme changes. */
export interface Kind {
  height: number;
  series: uPlot.Series[];
  /** y, in the order uPlot wants scales and axes. */
  scale: uPlot.Scale;
  axis: uPlot.Axis;
  hooks?: uPlot.Hooks.Arrays;
  /** Charts with other units do not share the height of the cross-hair. */
  showTime?: boolean;
}

interface Props {
  label: string;
  kind: (colors: Colors) => Kind;
  data: Data;
  /** Epoch seconds at the two ends of the axis. */
  from: number;
  to: number;
  onHover?: ((index: number | null) => void) | undefined;
}

export interface Colors {
  text: string;
  muted: string;
  line: string;
  accent: string;
  ground: string;
  alarm: string;
}

const NAMES = ['text', 'muted', 'line', 'accent', 'ground', 'alarm'] as const;

/** The page's colours as the canvas can use them. */
function readColors(): Colors {
  const probe = document.createElement('i');
  document.body.append(probe);
  const colors = Object.fromEntries(
    NAMES.map((name) => {
      probe.style.color = `var(--${name})`;
      return [name, getComputedStyle(probe).color];
    }),
  );
  probe.remove();
  return colors as unknown as Colors;
}

/** All charts of the page share one cross-hair. */
const SYNC = 'time';
const AXIS_WIDTH = 54;
const FONT = '12px system-ui, sans-serif';

/** One uPlot canvas: it lives as long as its kind, data and ends flow into it. */
export function Plot({ label, kind, data, from, to, onHover }: Props) {
  const host = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const latest = useRef({ data, from, to, onHover });
  latest.current = { data, from, to, onHover };
  const dark = isDark();

  useLayoutEffect(() => {
    const element = host.current!;
    const made = make(element, kind(readColors()), latest);
    plot.current = made;
    const resized = new ResizeObserver(() => {
      const width = element.clientWidth;
      if (width > 0 && width !== made.width) made.setSize({ width, height: made.height });
    });
    resized.observe(element);
    return () => {
      resized.disconnect();
      made.destroy();
      plot.current = null;
    };
  }, [kind, dark]);

  useEffect(() => {
    plot.current?.setData(data);
  }, [data, from, to]);

  return <div class="plot" ref={host} role="img" aria-label={label} />;
}

type Latest = { current: Pick<Props, 'data' | 'from' | 'to' | 'onHover'> };

function make(element: HTMLElement, kind: Kind, latest: Latest): uPlot {
  const colors = readColors();
  const axis = {
    stroke: colors.muted,
    font: FONT,
    grid: { stroke: colors.line, width: 1 },
    ticks: { show: false },
  };
  return new uPlot(
    {
      width: Math.max(50, element.clientWidth),
      height: kind.height,
      padding: [8, 4, 0, 0],
      legend: { show: false },
      cursor: {
        sync: {
          key: SYNC,
          setSeries: false,
          scales: ['x', null],
          // Only the cross-hair is shared: a drag that each chart took part in would zoom once for each.
          filters: { pub: (type) => type !== 'mousedown' && type !== 'mouseup', sub: () => true },
        },
        drag: { x: true, y: false, setScale: false },
        points: { size: 6 },
      },
      select: { show: true, left: 0, top: 0, width: 0, height: 0 },
      scales: {
        x: { time: true, range: () => [latest.current.from, latest.current.to] },
        y: kind.scale,
      },
      axes: [
        {
          ...axis,
          show: kind.showTime !== false,
          size: 30,
          space: 80,
          values: timeLabels,
        },
        { ...axis, size: AXIS_WIDTH, space: 34, ...kind.axis },
      ],
      series: [{}, ...kind.series],
      hooks: {
        ...kind.hooks,
        setSelect: [
          (u) => {
            if (u.select.width < 4) return;
            const start = u.posToVal(u.select.left, 'x');
            const end = u.posToVal(u.select.left + u.select.width, 'x');
            u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
            zoomTo(start, end);
          },
        ],
        setCursor: [...(kind.hooks?.setCursor ?? []), (u) => latest.current.onHover?.(u.cursor.idx ?? null)],
      },
    },
    latest.current.data,
    element,
  );
}

const LABEL_HALF = 28;

/** Times of day, with seconds where they differ; none where the edge of the chart would cut it. */
function timeLabels(u: uPlot, splits: number[], _axis: number, _space: number, step: number): string[] {
  const width = u.bbox.width / devicePixelRatio;
  return splits.map((split) => {
    if (u.valToPos(split, 'x') > width - LABEL_HALF) return '';
    const text = clock(split * 1000);
    return step < 60 ? text : text.slice(0, 5);
  });
}

/** Points that stand alone between gaps: as a line they would not be seen. */
export const lonePoints: uPlot.Series.Points.Filter = (u, seriesIndex) => {
  const values = u.data[seriesIndex] ?? [];
  const alone: number[] = [];
  for (let i = 0; i < values.length; i += 1) {
    if (values[i] != null && values[i - 1] == null && values[i + 1] == null) alone.push(i);
  }
  return alone;
};

/** y from 0 upwards, and downwards where values are below it. */
export const aroundZero: uPlot.Scale = {
  range: (_u, least, most) => valueRange(least, most),
};

/** Where 0 is, once it is not the lower edge. */
export function zeroLine(u: uPlot, color: string): void {
  if ((u.scales.y?.min ?? 0) >= 0) return;
  const { ctx, bbox } = u;
  const y = Math.round(u.valToPos(0, 'y', true)) + 0.5;
  ctx.save();
  ctx.beginPath();
  ctx.strokeStyle = color;
  ctx.lineWidth = devicePixelRatio;
  ctx.moveTo(bbox.left, y);
  ctx.lineTo(bbox.left + bbox.width, y);
  ctx.stroke();
  ctx.restore();
}
