import { Cell, type Taken } from './cell.ts';
import type { Series } from './series.ts';

/** Samples that are held apart by second and series before they are put where they belong. */
const MAX_LATE = 20_000;

/** Samples that came after their second was over: by second, then by series. */
export class Late {
  readonly #taken: Taken;
  readonly #cells = new Map<number, Map<Series, Cell>>();
  #count = 0;

  constructor(taken: Taken) {
    this.#taken = taken;
  }

  get isFull(): boolean {
    return this.#count >= MAX_LATE;
  }

  cell(second: number, series: Series): Cell {
    let cells = this.#cells.get(second);
    if (cells === undefined) {
      cells = new Map();
      this.#cells.set(second, cells);
    }
    let cell = cells.get(series);
    if (cell === undefined) {
      cell = new Cell(series.shape, this.#taken);
      cells.set(series, cell);
      this.#count++;
    }
    return cell;
  }

  /** All there is, the earliest second first; nothing of it is held any longer. */
  take(): [number, Map<Series, Cell>][] {
    if (this.#count === 0) return [];
    const all = [...this.#cells].sort(([a], [b]) => a - b);
    this.clear();
    return all;
  }

  clear(): void {
    this.#cells.clear();
    this.#count = 0;
  }
}
