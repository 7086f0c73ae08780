import type { Pause } from '../breathe.ts';
import { rankOf } from '../rank.ts';
import type { Top } from '../store.ts';
import { Cell } from './cell.ts';
import type { Group } from './gatherer.ts';

/** A group, or so many of them as one. */
export type Shown = Group & { others?: number };

/** The groups that rank highest over their time, and the others as one for each name and type. */
export async function topOf(
  groups: readonly Group[],
  top: Top | undefined,
  quantiles: readonly number[],
  pause: Pause,
): Promise<readonly Shown[]> {
  if (top === undefined || groups.length <= top.most) return groups;
  const ranks = new Map<Group, number>();
  for (const group of groups) {
    const whole = new Cell();
    for (const cell of group.cells) {
      whole.merge(cell);
      const resting = pause();
      if (resting !== undefined) await resting;
    }
    ranks.set(group, rankOf(whole.point(group.type, quantiles), group.type, top.stat));
  }
  const sorted = [...groups].sort((a, b) => ranks.get(b)! - ranks.get(a)!);
  const others = new Map<string, Group & { others: number }>();
  for (const { name, type, cells } of sorted.slice(top.most)) {
    const key = `${type} ${name}`;
    let other = others.get(key);
    if (other === undefined) {
      other = { name, type, tags: {}, cells: cells.map(() => new Cell()), others: 0 };
      others.set(key, other);
    }
    other.others++;
    for (const [i, cell] of cells.entries()) {
      other.cells[i]!.merge(cell);
      const resting = pause();
      if (resting !== undefined) await resting;
    }
  }
  return [...sorted.slice(0, top.most), ...others.values()];
}
