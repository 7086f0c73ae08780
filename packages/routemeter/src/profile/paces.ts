import type { Pace } from './contract.ts';

/** Fewer units have no slowest twentieth. */
const LEAST = 20;
/** Walls that are kept of a name; of more every second one, every fourth, and so on. */
const KEPT = 4096;
const SLOW = 0.95;

/** How long the units of each name took: which of them were slow is told once all are there. */
export class Paces {
  private readonly byOwner = new Map<number, Walls>();

  /** A unit of this owner has ended. */
  add(owner: number, wall: number): void {
    let walls = this.byOwner.get(owner);
    if (walls === undefined) this.byOwner.set(owner, (walls = new Walls()));
    walls.add(wall);
  }

  /** The wall that 95 % of an owner's units do not exceed; null for those that are too few. */
  limits(): Map<number, Pick<Pace, 'from' | 'units'>> {
    const limits = new Map<number, Pick<Pace, 'from' | 'units'>>();
    for (const [owner, walls] of this.byOwner) {
      if (walls.seen >= LEAST) limits.set(owner, { from: walls.at(SLOW), units: walls.seen });
    }
    return limits;
  }
}

/** Enough of many numbers for a percentile of them. */
class Walls {
  seen = 0;
  private kept: number[] = [];
  private every = 1;

  add(wall: number): void {
    if (this.seen++ % this.every !== 0) return;
    if (this.kept.length === KEPT) {
      this.kept = this.kept.filter((_, i) => i % 2 === 0);
      this.every *= 2;
      if ((this.seen - 1) % this.every !== 0) return;
    }
    this.kept.push(wall);
  }

  /** By nearest rank. */
  at(part: number): number {
    const sorted = Float64Array.from(this.kept).sort();
    return sorted[Math.ceil(part * sorted.length) - 1]!;
  }
}
