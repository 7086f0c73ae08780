import type { RouteRow } from '../api/types.ts';
import { ms, percent } from '../model/formatting.ts';
import { PART_NAMES, PARTS, type Part, REMOTE_NAME, split } from '../model/rows.ts';
import { waitPieces } from '../model/waits.ts';

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
          ? piecesOf(row, parts).map(({ colour, value }) =>
              value > 0 ? <i key={colour} class={`part-${colour}`} style={percentOf(value, total)} /> : null,
            )
          : null}
        {rest > wall * 0.01 ? <i class="part-wall" style={percentOf(rest, total)} /> : null}
      </span>
    </span>
  );
}

/** The parts in their order; idle by what it waits for, where that is known. */
function piecesOf(row: RouteRow, parts: Record<Part, number>): { colour: string; value: number }[] {
  const { pieces, left } = waitPieces(row);
  return [
    ...PARTS.filter((name) => name !== 'idle').map((name) => ({
      colour: name as string,
      value: parts[name],
    })),
    ...pieces.map(({ shade, mean }) => ({ colour: `wait${shade}`, value: mean })),
    { colour: 'idle', value: left },
  ];
}

export function describeSplit(row: RouteRow): string {
  const parts = split(row);
  if (!parts) return `mean ${ms(row.wall.mean)}, split not known`;
  const wall = row.wall.mean || 1;
  const said = PARTS.map(
    (name) => `${PART_NAMES[name]} ${ms(parts[name])}, ${percent(parts[name] / wall)} %`,
  );
  const waits = waitPieces(row).pieces.map(({ name, mean }) => `${name} ${ms(mean)}`);
  const idle = waits.length > 0 ? `, of it waiting for ${waits.join(', ')}` : '';
  const remote = row.cpuRemote ? `; beside it CPU in ${REMOTE_NAME} ${ms(row.cpuRemote.mean)}` : '';
  return `mean ${ms(row.wall.mean)}: ${said.join('; ')}${idle}${remote}`;
}
