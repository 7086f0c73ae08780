import type { RouteRow } from '../api/types.ts';
import { ms, percent } from '../model/formatting.ts';
import { PART_NAMES, PARTS, split } from '../model/rows.ts';

interface Props {
  row: RouteRow;
  /** Milliseconds that fill the whole width. */
  scale: number;
}

/** Mean wall time as a length, split into where it went; one neutral piece when only wall is known. */
export function SplitBar({ row, scale }: Props) {
  const parts = split(row);
  const wall = row.wall.mean;
  const percentOf = (value: number, whole: number) => ({ width: `${((100 * value) / whole).toFixed(2)}%` });
  const known = parts ? PARTS.reduce((sum, name) => sum + parts[name], 0) : 0;
  const rest = Math.max(0, wall - known);
  // Parts are measured each on its own: their sum may miss the mean by a little, never the bar's end.
  const total = Math.max(wall, known) || 1;
  return (
    <span class="bar" role="img" aria-label={describeSplit(row)}>
      <span class="fill" style={percentOf(Math.max(0, Math.min(wall, scale)), scale)}>
        {parts
          ? PARTS.map((name) =>
              parts[name] > 0 ? (
                <i key={name} class={`part-${name}`} style={percentOf(parts[name], total)} />
              ) : null,
            )
          : null}
        {rest > wall * 0.01 ? <i class="part-wall" style={percentOf(rest, total)} /> : null}
      </span>
    </span>
  );
}

export function describeSplit(row: RouteRow): string {
  const parts = split(row);
  if (!parts) return `mean ${ms(row.wall.mean)}, split not known`;
  const wall = row.wall.mean || 1;
  const said = PARTS.map(
    (name) => `${PART_NAMES[name]} ${ms(parts[name])}, ${percent(parts[name] / wall)} %`,
  );
  return `mean ${ms(row.wall.mean)}: ${said.join('; ')}`;
}
