import { breathe } from '../store/breathe.ts';
import { type Event, parseCheck, parseEvent, type ServiceCheck } from './events.ts';
import { LineParser } from './parser.ts';
import { readAs } from './read-as.ts';
import type { Reason } from './reasons.ts';
import type { Kept, PayloadRing } from './ring.ts';

export interface RawLine {
  /** Unix ms. */
  at: number;
  text: string;
  /** Why it was refused. */
  error?: string;
  /** What it was read as, where it was not refused. */
  readAs?: string;
}

/** How lines were read when they came. */
export interface Readings {
  isStrict: boolean;
  /** Of a signed gauge, in the payload of this number that stands at `start`. */
  isChange(line: LineParser, payload: number, start: number): boolean;
  /** Why a line with a time of its own was refused when it came. */
  refusal(line: LineParser, at: number): Reason | undefined;
}

const MAX_REJECTED = 500;
/** A refused line can be as long as a datagram; so much of it is kept. */
const MAX_TEXT = 1024;

/** The last lines for the raw view. Refused ones stay longer than the flood of good ones around them. */
export class RawView {
  readonly #ring: PayloadRing;
  readonly #rejected: { line: RawLine; payload: number }[] = [];
  readonly #readings: Readings;
  readonly #parser: LineParser;

  constructor(ring: PayloadRing, readings: Readings) {
    this.#ring = ring;
    this.#readings = readings;
    this.#parser = new LineParser(readings.isStrict);
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
      lines.push(...this.#linesOf(payload).reverse());
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

  #linesOf({ start, end, at, number }: Kept): RawLine[] {
    const { bytes } = this.#ring;
    const found: RawLine[] = [];
    for (let from = start; from < end; ) {
      const newline = bytes.indexOf(10, from);
      const read: string[] = [];
      let error: Reason | undefined;
      const lines = this.#parser.parse(bytes, from, newline, {
        metric: (line) => {
          const reason = this.#readings.refusal(line, at);
          if (reason === undefined) read.push(readAs(line, this.#readings.isChange(line, number, start)));
          return reason;
        },
        event: (_, first, last) => this.#other(read, 'event', bytes, first, last, parseEvent),
        check: (_, first, last) => this.#other(read, 'service check', bytes, first, last, parseCheck),
        rejected: (_bytes, _start, _end, reason) => {
          error = reason;
        },
      });
      const stop = bytes[newline - 1] === 13 ? newline - 1 : newline;
      if (lines > 0) {
        const shown = { at, text: text(bytes, from, stop) };
        found.push(error === undefined ? { ...shown, readAs: read.join(' + ') } : { ...shown, error });
      }
      from = newline + 1;
    }
    return found;
  }

  #other(
    read: string[],
    kind: string,
    bytes: Uint8Array,
    start: number,
    end: number,
    parse: (line: Buffer) => Event | ServiceCheck | Reason,
  ): Reason | undefined {
    const result = parse(Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start));
    if (typeof result === 'string') return result;
    read.push(`${kind} ${result.kind === 'event' ? result.title : result.name}`);
    return undefined;
  }
}

function text(bytes: Uint8Array, start: number, end: number): string {
  const stop = Math.min(end, start + MAX_TEXT);
  const shown = Buffer.from(bytes.buffer, bytes.byteOffset + start, stop - start).toString();
  return stop < end ? `${shown}... (${end - start} bytes)` : shown;
}
