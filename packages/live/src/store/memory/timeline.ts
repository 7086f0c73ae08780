import { Cell, type Shape } from './cell.ts';
import { type Page, PageWriter } from './page.ts';

/** Seconds that stay as single pages before only their tens are left. */
export const FINE_SECONDS = 300;
export const COARSE = 10;
/** Pages of one slot, beyond which they are merged. */
const MAX_PARTS = 8;

/**
 * Closed slots of time: pages of one second for five minutes, pages of ten seconds for the retention.
 * Bounded in time by the retention and in bytes by `maxBytes`, whichever comes first; the oldest leave.
 */
export class Timeline {
  /** More than one page for a second that was closed early. */
  readonly #fine = new Map<number, Page[]>();
  /** More than one page for a ten that late samples came to. */
  readonly #coarse = new Map<number, Page[]>();
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
    this.#writer.begin(seriesCount, second, 1);
    for (const [id, cell] of cells) this.#writer.write(id, cell);
    this.#put(this.#fine, second, this.#writer.finish());
  }

  /**
   * Samples that came after their second was closed: they go to where the second is read, which is two places
   * once its ten was merged.
   */
  addLate(
    second: number,
    seriesCount: number,
    cells: readonly (readonly [id: number, cell: Cell])[],
    now: number,
    shapeOf: (id: number) => Shape | undefined,
  ): void {
    const ten = floorTo(second, COARSE);
    if (this.#pending?.ten === ten) this.compact(shapeOf, Number.POSITIVE_INFINITY);
    const isFine = this.isFine(second, now);
    // A ten that is not over is merged with what it has by then.
    const isMerged = this.#coarse.has(ten) || !isFine || ten + COARSE <= floorTo(now, COARSE);
    if (isFine) {
      this.add(second, seriesCount, cells);
      if (this.#fine.get(second)!.length > MAX_PARTS)
        this.#mergeParts(this.#fine, second, 1, seriesCount, shapeOf);
    }
    if (!isMerged) return;
    this.#writer.begin(seriesCount, ten, COARSE);
    for (const [id, cell] of cells) this.#writer.write(id, cell);
    this.#put(this.#coarse, ten, this.#writer.finish());
    if (this.#coarse.get(ten)!.length > MAX_PARTS)
      this.#mergeParts(this.#coarse, ten, COARSE, seriesCount, shapeOf);
  }

  /** The latest value of a gauge before a second, as far back as pages go. */
  *before(second: number, now: number): Generator<Page> {
    const oldest = floorTo(now - this.#retention, COARSE) - COARSE;
    // Nothing is newer, and a question about the far future should not walk back from there.
    const end = Math.min(second, now + 1);
    for (let ten = floorTo(end - 1, COARSE); ten >= oldest; ten -= COARSE) {
      const coarse = this.#coarse.get(ten);
      if (coarse !== undefined && ten + COARSE <= end) {
        yield* coarse;
        continue;
      }
      for (let at = Math.min(end, ten + COARSE) - 1; at >= ten; at--) yield* this.#fine.get(at) ?? [];
    }
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
    this.#tenWriter.begin(seriesCount, ten, COARSE);
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
    this.#put(this.#coarse, work.ten, this.#tenWriter.finish());
  }

  expire(now: number): void {
    // Late samples open slots out of order.
    const seconds = ascending(this.#fine);
    const tens = ascending(this.#coarse);
    for (let second = seconds[0]; second !== undefined && second < this.#fineFrom(now); second = seconds[0]) {
      this.#dropSecond(second);
      seconds.shift();
    }
    for (let ten = tens[0]; ten !== undefined && ten + COARSE <= now - this.#retention; ten = tens[0]) {
      this.#dropTen(ten);
      tens.shift();
    }
    for (const ten of tens) {
      if (this.bytes <= this.#maxBytes) return;
      this.#dropTen(ten);
    }
    for (const second of seconds) {
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
        yield* coarse;
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
      for (const parts of this.#coarse.values()) for (const page of parts) page.forget(id);
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

  #put(pages: Map<number, Page[]>, at: number, page: Page): void {
    const parts = pages.get(at);
    if (parts === undefined) pages.set(at, [page]);
    else parts.push(page);
    this.bytes += page.byteLength;
  }

  /** Many late samples to one slot would be many pages, each with an index of its own. */
  #mergeParts(
    pages: Map<number, Page[]>,
    at: number,
    seconds: number,
    seriesCount: number,
    shapeOf: (id: number) => Shape | undefined,
  ): void {
    const parts = pages.get(at)!;
    this.#writer.begin(seriesCount, at, seconds);
    for (let id = 0; id < seriesCount; id++) {
      const shape = shapeOf(id);
      if (shape === undefined) continue;
      const cell = this.#scratch[shape]!;
      for (const page of parts) page.mergeInto(id, cell, true);
      if (cell.count !== 0) this.#writer.write(id, cell);
      cell.clear();
    }
    const page = this.#writer.finish();
    for (const part of parts) this.bytes -= part.byteLength;
    pages.set(at, [page]);
    this.bytes += page.byteLength;
  }

  #dropSecond(second: number): void {
    for (const page of this.#fine.get(second)!) this.bytes -= page.byteLength;
    this.#fine.delete(second);
  }

  #dropTen(ten: number): void {
    for (const page of this.#coarse.get(ten)!) this.bytes -= page.byteLength;
    this.#coarse.delete(ten);
  }
}

/** The slots that hold something, oldest first. */
function ascending(pages: ReadonlyMap<number, unknown>): number[] {
  return [...pages.keys()].sort((a, b) => a - b);
}

export function floorTo(value: number, step: number): number {
  return Math.floor(value / step) * step;
}
