// The picture of the scaling tables: one panel per dimension for cost, and below it one for memory.
import { DIMENSIONS } from '../scaling/dimensions.mjs';

const PANEL = { width: 200, height: 120, left: 46, top: 34, gap: 24 };
const ROWS = [
  { title: 'added µs', valueAt: ({ addedUs }) => addedUs[0], rangeAt: ({ addedUs }) => addedUs.slice(1) },
  { title: 'added kB', valueAt: ({ bytes }) => bytes / 1024 },
];

/** An SVG that reads on light and dark pages. */
export function plotOf({ dimensions }) {
  const names = Object.keys(dimensions);
  const across = PANEL.left + PANEL.width + PANEL.gap;
  const down = PANEL.top + PANEL.height + 40;
  const width = across * names.length;
  const height = down * ROWS.length;
  const panels = ROWS.flatMap((row, y) =>
    names.map((name, x) => panel(row, DIMENSIONS[name].title, dimensions[name].points, x * across, y * down)),
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="11">`,
    '<title>Added CPU and memory against routes, series, connections, blocks and tags</title>',
    '<style>text{fill:#777}.line{fill:none;stroke:#2a78d6;stroke-width:2}.dot{fill:#2a78d6}.range{stroke:#2a78d6;opacity:.4}.axis{stroke:#999;stroke-width:1}</style>',
    ...panels,
    '</svg>\n',
  ].join('\n');
}

function panel({ title, valueAt, rangeAt }, dimension, points, left, top) {
  const most = Math.max(...points.map(({ x }) => x));
  const values = points.flatMap((point) => [valueAt(point), ...(rangeAt?.(point) ?? [])]);
  const low = Math.min(0, ...values);
  const high = Math.max(...values, low + 1e-9);
  const at = (x) => fixed(PANEL.left + (x / most) * PANEL.width);
  const up = (y) => fixed(PANEL.top + PANEL.height * (1 - (y - low) / (high - low)));
  const bottom = PANEL.top + PANEL.height;
  return [
    `<g transform="translate(${left} ${top})">`,
    `<text x="${PANEL.left}" y="18">${dimension}: ${title}</text>`,
    `<path class="axis" d="M${PANEL.left} ${PANEL.top}V${bottom}M${PANEL.left} ${up(0)}h${PANEL.width}"/>`,
    `<text x="${PANEL.left - 4}" y="${PANEL.top + 4}" text-anchor="end">${label(high)}</text>`,
    `<text x="${PANEL.left - 4}" y="${up(0)}" text-anchor="end">0</text>`,
    `<text x="${PANEL.left + PANEL.width}" y="${bottom + 16}" text-anchor="end">${label(most)}</text>`,
    ...points.flatMap((point) => {
      const [from, to] = rangeAt?.(point) ?? [];
      const x = at(point.x);
      const bar = from === undefined ? [] : [`<path class="range" d="M${x} ${up(from)}V${up(to)}"/>`];
      return [...bar, `<circle class="dot" cx="${x}" cy="${up(valueAt(point))}" r="3"/>`];
    }),
    `<polyline class="line" points="${points.map((point) => `${at(point.x)},${up(valueAt(point))}`).join(' ')}"/>`,
    '</g>',
  ].join('\n');
}

const fixed = (value) => Number(value.toFixed(1));
const label = (value) =>
  value >= 100 ? Math.round(value).toLocaleString('en') : Number(value.toPrecision(3));
