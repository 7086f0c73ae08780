import { Cell, type Shape } from './cell.ts';
import { type Page, PageWriter } from './page.ts';

/** Seconds that stay as single pages before only their tens are left. */
export const FINE_SECONDS = 300;
export const COARSE = 10;

/**
 * Closed slots of time: pages of one second for five minutes, pages of ten seconds for the retention.
 * Bounded in time by the retention and in bytes by `maxBytes`, whichever comes first; the oldest leave.
 */
export class Timeline {
  /** More than one page for a second that was closed early. */
  readonly #fine = new Map<number, Page[]>();
  readonly #coarse = new Map<number, Page>();
  readonly #retention: number;
  readonly #maxBytes: number;
  readonly #writer = new PageWriter();
  readonly #tenWriter = new PageWriter();
  #pending: { ten: number; pages: Page[]; next: number; seriesCount: number } | undefined;
  readonly #scratch: Cell[] = [0, 1, 2, 3].map((shape) => new Cell(shape as Shape));
  bytes = 0;

  constructor(retention: number, maxBytes: number) {
    this.#retention = retention;
    this.#maxBytes = maxBytes;
  }

  /** Closes one second, or what there is of it so far. */
  add(second: number, seriesCount: number, cells: Iterable<readonly [id: number, cell: Cell]>): void {
    this.#writer.begin(seriesCount);
    for (const [id, cell] of cells) this.#writer.write(id, cell);
    const page = this.#writer.finish(second, 1);
    const parts = this.#fine.get(second);
    if (parts === undefined) this.#fine.set(second, [page]);
    else parts.push(page);
    this.bytes += page.byteLength;
  }

  get isCompacting(): boolean {
    return this.#pending !== undefined;
  }

  /** Begins to merge the seconds of a ten that is over; `compact` does it, bit by bit. */
  beginCompaction(ten: number, seriesCount: number): void {
    const pages: Page[] = [];
    for (let second = ten; second < ten + COARSE; second++) {
      pages.push(...(this.#fine.get(second) ?? []));
    }
    if (pages.length === 0) return;
    this.#tenWriter.begin(seriesCount);
    this.#pending = { ten, pages, next: 0, seriesCount };
  }

  /**
   * Goes on merging for at most so many ms. Thousands of series take longer than the sockets' buffers last at
   * full speed, and until the ten is there its seconds answer for it.
   */
  compact(shapeOf: (id: number) => Shape | undefined, budgetMs: number): void {
    const work = this.#pending;
    if (work === undefined) return;
    const end = performance.now() + budgetMs;
    while (work.next < work.seriesCount) {
      // Looking at the time costs as much as a small series.
      if (work.next % 16 === 0 && performance.now() > end) return;
      const id = work.next++;
      const shape = shapeOf(id);
      if (shape === undefined) continue;
      const cell = this.#scratch[shape]!;
      for (const page of work.pages) page.mergeInto(id, cell, true);
      if (cell.count !== 0) this.#tenWriter.write(id, cell);
      cell.clear();
    }
    this.#pending = undefined;
    const page = this.#tenWriter.finish(work.ten, COARSE);
    this.#coarse.set(work.ten, page);
    this.bytes += page.byteLength;
  }

  expire(now: number): void {
    for (const second of this.#fine.keys()) {
      if (second >= this.#fineFrom(now)) break;
      this.#dropSecond(second);
    }
    for (const ten of this.#coarse.keys()) {
      if (ten + COARSE > now - this.#retention) break;
      this.#dropTen(ten);
    }
    for (const ten of this.#coarse.keys()) {
      if (this.bytes <= this.#maxBytes) return;
      this.#dropTen(ten);
    }
    for (const second of this.#fine.keys()) {
      if (this.bytes <= this.#maxBytes) return;
      this.#dropSecond(second);
    }
  }

  /** Whether seconds from here on still stand by themselves. */
  isFine(from: number, now: number): boolean {
    return from >= this.#fineFrom(now);
  }

  /** The pages that cover [from, to) in seconds, tens where they fit whole or nothing finer is left. */
  *pages(from: number, to: number, now: number): Generator<Page> {
    // Nothing is older, and a question about the last year should not walk through it.
    const first = Math.max(floorTo(from, COARSE), floorTo(now - this.#retention, COARSE) - COARSE);
    const end = Math.min(to, now + 1);
    for (let ten = first; ten < end; ten += COARSE) {
      const coarse = this.#coarse.get(ten);
      const whole = ten >= from && ten + COARSE <= to;
      if (coarse !== undefined && (whole || !this.isFine(Math.max(from, ten), now))) {
        yield coarse;
        continue;
      }
      for (let second = Math.max(from, ten); second < Math.min(to, ten + COARSE); second++) {
        yield* this.#fine.get(second) ?? [];
      }
    }
  }

  forget(ids: Iterable<number>): void {
    for (const id of ids) {
      for (const parts of this.#fine.values()) for (const page of parts) page.forget(id);
      for (const page of this.#coarse.values()) page.forget(id);
      this.#tenWriter.forget(id);
    }
  }

  clear(): void {
    this.#fine.clear();
    this.#coarse.clear();
    this.#pending = undefined;
    this.bytes = 0;
  }

  #fineFrom(now: number): number {
    return now - Math.min(FINE_SECONDS, this.#retention);
  }

  #dropSecond(second: number): void {
    for (const page of this.#fine.get(second)!) this.bytes -= page.byteLength;
    this.#fine.delete(second);
  }

  #dropTen(ten: number): void {
    this.bytes -= this.#coarse.get(ten)!.byteLength;
    this.#coarse.delete(ten);
  }
}

export function floorTo(value: number, step: number): number {
  return Math.floor(value / step) * step;
}
