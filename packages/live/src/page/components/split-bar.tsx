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
  const width = (value: number) => ({ width: `${Math.min(100, (100 * value) / scale).toFixed(2)}%` });
  if (!parts) {
    return (
      <span class="bar" role="img" aria-label={`mean ${ms(wall)}, split not known`}>
        <i class="part-wall" style={width(wall)} />
      </span>
    );
  }
  const rest = Math.max(0, wall - PARTS.reduce((sum, name) => sum + parts[name], 0));
  return (
    <span class="bar" role="img" aria-label={describeSplit(row)}>
      {PARTS.map((name) =>
        parts[name] > 0 ? <i key={name} class={`part-${name}`} style={width(parts[name])} /> : null,
      )}
      {rest > wall * 0.01 ? <i class="part-wall" style={width(rest)} /> : null}
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
