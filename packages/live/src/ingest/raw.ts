import { breathe } from '../store/breathe.ts';
import { parseCheck, parseEvent } from './events.ts';
import { LineParser } from './parser.ts';
import type { Reason } from './reasons.ts';
import type { PayloadRing } from './ring.ts';

export interface RawLine {
  /** Unix ms. */
  at: number;
  text: string;
  /** Why it was refused. */
  error?: string;
}

const MAX_REJECTED = 500;
/** A refused line can be as long as a datagram; so much of it is kept. */
const MAX_TEXT = 1024;

/** The last lines for the raw view. Refused ones stay longer than the flood of good ones around them. */
export class RawView {
  readonly #ring: PayloadRing;
  readonly #rejected: { line: RawLine; payload: number }[] = [];
  readonly #parser = new LineParser();

  constructor(ring: PayloadRing) {
    this.#ring = ring;
  }

  /** A line of the payload that the ring kept last. */
  reject(at: number, bytes: Uint8Array, start: number, end: number, error: Reason): void {
    this.#keep({ at, text: text(bytes, start, end), error }, this.#ring.number);
  }

  /** A line that the ring never held, of which there is no more than the beginning. */
  rejectLong(at: number, beginning: Uint8Array, error: Reason): void {
    this.#keep({ at, text: `${text(beginning, 0, beginning.length)}...`, error }, -1);
  }

  /** Newest first. Refused lines older than the rest take up to a quarter of the places. */
  async lines(limit: number): Promise<RawLine[]> {
    const pause = breathe();
    const lines: RawLine[] = [];
    let oldest = Number.POSITIVE_INFINITY;
    for (const payload of this.#ring.newest()) {
      if (lines.length >= limit) break;
      const found: RawLine[] = [];
      this.#parser.parse(this.#ring.bytes, payload.start, payload.end, {
        metric: (line) => found.push({ at: payload.at, text: lineAt(line.bytes, line.nameStart) }),
        event: (bytes, start, end) => this.#other(found, payload.at, bytes, start, end, parseEvent),
        check: (bytes, start, end) => this.#other(found, payload.at, bytes, start, end, parseCheck),
        rejected: (bytes, start, end, error) =>
          found.push({ at: payload.at, text: text(bytes, start, end), error }),
      });
      lines.push(...found.reverse());
      oldest = payload.number;
      // Payloads that are overwritten meanwhile are not met again: the ring tells the oldest that it still has.
      const resting = pause();
      if (resting !== undefined) await resting;
    }
    lines.length = Math.min(lines.length, limit);
    const older = this.#rejected.filter(({ payload }) => payload < oldest).map(({ line }) => line);
    older.reverse();
    const places = Math.max(limit - lines.length, Math.floor(limit / 4));
    const kept = older.slice(0, places);
    return [...lines.slice(0, limit - kept.length), ...kept].sort((a, b) => b.at - a.at);
  }

  clear(): void {
    this.#rejected.length = 0;
  }

  #keep(line: RawLine, payload: number): void {
    if (this.#rejected.length === MAX_REJECTED) this.#rejected.shift();
    this.#rejected.push({ line, payload });
  }

  #other(
    found: RawLine[],
    at: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    parse: (line: Buffer) => object | Reason,
  ): Reason | undefined {
    const result = parse(Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start));
    if (typeof result === 'string') return result;
    found.push({ at, text: text(bytes, start, end) });
    return undefined;
  }
}

function lineAt(bytes: Uint8Array, start: number): string {
  const newline = bytes.indexOf(10, start);
  return text(bytes, start, bytes[newline - 1] === 13 ? newline - 1 : newline);
}

function text(bytes: Uint8Array, start: number, end: number): string {
  const stop = Math.min(end, start + MAX_TEXT);
  const shown = Buffer.from(bytes.buffer, bytes.byteOffset + start, stop - start).toString();
  return stop < end ? `${shown}... (${end - start} bytes)` : shown;
}
