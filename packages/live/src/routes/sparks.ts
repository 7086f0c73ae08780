import { breathe } from '../store/breathe.ts';
import type { PointsQuery, Reader } from '../store/store.ts';

const SPARK_SECONDS = 300;
const SPARK_STEP = 10;
const MAX_QUESTIONS = 16;

/** The p95 of each ten seconds of the last five minutes, by route. */
export class Sparks {
  readonly #reader: Reader;
  /** By question, the one asked last at the end; then by the Unix ms of the ten seconds, then by route. */
  readonly #closed = new Map<string, Map<number, Map<string, number | null>>>();

  constructor(reader: Reader) {
    this.#reader = reader;
  }

  /** Tens of seconds that are over do not change: only the open one, and what is new, is asked for. */
  async of(
    query: Pick<PointsQuery, 'names' | 'where' | 'by' | 'to'>,
  ): Promise<Map<string, (number | null)[]>> {
    const { settleMs } = this.#reader;
    const step = SPARK_STEP * 1000;
    const open = Math.floor(query.to / step) * step;
    const first = open - SPARK_SECONDS * 1000 + step;
    const key = JSON.stringify([
      query.names,
      Object.entries(query.where ?? {}),
      query.by,
      this.#reader.since(),
      // What came late is seen then.
      settleMs > 0 ? Math.floor(query.to / settleMs) : 0,
    ]);
    let closed = this.#closed.get(key);
    if (closed === undefined) {
      // One entry for each recogniser, and a few whose metrics or filters were others.
      for (const oldest of this.#closed.keys()) {
        if (this.#closed.size < MAX_QUESTIONS) break;
        this.#closed.delete(oldest);
      }
      closed = new Map();
    } else this.#closed.delete(key);
    this.#closed.set(key, closed);
    let missing = first;
    while (missing < open && closed.has(missing)) missing += step;
    const found = new Map<number, Map<string, number | null>>();
    await this.#p95s(query, missing, query.to, found);
    const last = found.get(open);
    found.delete(open);
    for (const [ten, p95s] of found) closed.set(ten, p95s);
    for (const ten of closed.keys()) if (ten < first) closed.delete(ten);

    const sparks = new Map<string, (number | null)[]>();
    const pause = breathe();
    for (let i = 0, ten = first; ten <= open; i++, ten += step) {
      for (const [id, p95] of (ten === open ? last : closed.get(ten)) ?? []) {
        let spark = sparks.get(id);
        if (spark === undefined) {
          spark = emptySpark();
          sparks.set(id, spark);
        }
        spark[i] = p95;
        const resting = pause();
        if (resting !== undefined) await resting;
      }
    }
    return sparks;
  }

  /** Adds an entry for each ten seconds from `from` to `to`, even where nothing was. */
  async #p95s(
    query: Pick<PointsQuery, 'names' | 'where' | 'by'>,
    from: number,
    to: number,
    into: Map<number, Map<string, number | null>>,
  ): Promise<void> {
    const { names, where = {}, by } = query;
    const answer = await this.#reader.points({
      names,
      where,
      by,
      from,
      to,
      step: SPARK_STEP,
      quantiles: [0.95],
      need: 'counts',
    });
    const tens: Map<string, number | null>[] = [];
    for (let ten = from; ten <= to; ten += SPARK_STEP * 1000) {
      const found = new Map<string, number | null>();
      tens.push(found);
      into.set(ten, found);
    }
    const pause = breathe();
    for (const series of answer.series) {
      const values = by.map((keys) => series.tags[typeof keys === 'string' ? keys : keys[0]!]);
      const id = JSON.stringify([series.name, values]);
      for (const [i, point] of series.points.entries()) {
        const p95 = point?.quantiles[0] ?? null;
        if (p95 !== null) tens[i]?.set(id, p95);
      }
      const resting = pause();
      if (resting !== undefined) await resting;
    }
  }
}

export function emptySpark(): (number | null)[] {
  return Array<number | null>(SPARK_SECONDS / SPARK_STEP).fill(null);
}
