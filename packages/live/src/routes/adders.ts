import { labelOf } from 'routemeter/budgets';
import type { RouteRow } from './row.ts';

/** Whoever added most jobs are told, so many of them. */
const TOLD = 5;

/** Who added jobs of a row, as their tag `added_by` tells: `POST /orders`, `job mails/welcome`. */
export class Adders {
  private readonly byRow = new Map<RouteRow, Map<string, number>>();

  count(row: RouteRow, adder: string, jobs: number): void {
    if (adder === '') return;
    let own = this.byRow.get(row);
    if (own === undefined) this.byRow.set(row, (own = new Map()));
    own.set(adder, (own.get(adder) ?? 0) + jobs);
  }

  /** Gives each row its own, most first. */
  tell(): void {
    for (const [row, own] of this.byRow) {
      const most = [...own].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1)).slice(0, TOLD);
      row.addedBy = most.map(([adder, count]) => {
        const at = adder.indexOf(' ');
        return { method: labelOf(adder.slice(0, at)), route: adder.slice(at + 1), count };
      });
    }
  }
}
