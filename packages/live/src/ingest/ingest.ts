import type { Recorder, SeriesKey } from '../store/store.ts';
import { parseCheck, parseEvent } from './events.ts';
import { hasGaugeChanges, parseName } from './names.ts';
import { GAUGE, LineParser, SET, TYPE_NAMES } from './parser.ts';
import { type RawLine, RawView } from './raw.ts';
import { REASONS, type Reason } from './reasons.ts';
import { MAX_PAYLOAD, PayloadRing } from './ring.ts';
import { KeyTable } from './table.ts';

export interface IngestOptions {
  clock?: () => number;
  maxSeries?: number;
  /** Called with every line that was read, as an object; costs a string for each, so only when asked for. */
  onLine?: ((line: Record<string, unknown>) => void) | undefined;
}

export interface IngestCounters {
  packets: number;
  bytes: number;
  lines: number;
  /** Values, which packed lines have several of. */
  samples: number;
  rejected: number;
  events: number;
  checks: number;
}

/** Keys that are remembered for each series: one for each order of tags that senders use. */
const KEYS_PER_SERIES = 4;
const MAX_KEY_BYTES = 32 * 1024 * 1024;

/** From payloads to samples in a store. Knows nothing of sockets. */
export class Ingest {
  readonly counters: IngestCounters = {
    packets: 0,
    bytes: 0,
    lines: 0,
    samples: 0,
    rejected: 0,
    events: 0,
    checks: 0,
  };
  readonly #recorder: Recorder;
  readonly #clock: () => number;
  readonly #parser = new LineParser();
  readonly #ring = new PayloadRing();
  readonly #raw: RawView;
  readonly #table: KeyTable;
  readonly #onLine: ((line: Record<string, unknown>) => void) | undefined;
  #now = 0;

  constructor(recorder: Recorder, options: IngestOptions = {}) {
    this.#recorder = recorder;
    this.#clock = options.clock ?? Date.now;
    this.#onLine = options.onLine;
    this.#raw = new RawView(this.#ring);
    this.#table = new KeyTable((options.maxSeries ?? 5000) * KEYS_PER_SERIES, MAX_KEY_BYTES);
    recorder.onForget = (gone) => this.#table.forget(gone);
  }

  /** Takes one datagram, or any number of whole lines from a stream. Never throws. */
  payload(payload: Uint8Array): void {
    this.counters.packets++;
    this.counters.bytes += payload.length;
    this.#now = this.#clock();
    this.#recorder.tick();
    if (payload.length > MAX_PAYLOAD) this.#inParts(payload);
    else this.#parse(payload);
  }

  /** A line that was too long to be kept; its beginning stands for it. */
  tooLong(beginning: Uint8Array): void {
    this.counters.lines++;
    this.counters.rejected++;
    this.#raw.rejectLong(this.#clock(), beginning, REASONS.tooLong);
    this.#onLine?.({
      kind: 'rejected',
      text: bufferOf(beginning, 0, beginning.length).toString(),
      error: REASONS.tooLong,
    });
  }

  /** The last lines as they came, newest first. */
  raw(limit: number): Promise<RawLine[]> {
    return this.#raw.lines(limit);
  }

  reset(): void {
    this.#ring.clear();
    this.#raw.clear();
  }

  /** @internal */
  metric(line: LineParser): void {
    let series = this.#table.find(line);
    if (series < 0) series = this.#open(line);
    // A rate of 0 says nothing of how many were left out.
    const weight = line.rate > 0 ? 1 / line.rate : 1;
    if (line.type === SET) {
      this.counters.samples++;
      line.values[0] = memberOf(line);
      this.#recorder.add(series, line.values, 1, weight);
    } else if (line.type === GAUGE && line.signed && hasGaugeChanges(nameOf(line))) {
      this.counters.samples++;
      this.#recorder.adjust(series, line.values[line.count - 1]!);
    } else {
      this.counters.samples += line.count;
      this.#recorder.add(series, line.values, line.count, weight);
    }
    if (this.#onLine !== undefined) this.#onLine(describe(line));
  }

  /** @internal */
  event(bytes: Uint8Array, start: number, end: number): Reason | undefined {
    const event = parseEvent(bufferOf(bytes, start, end));
    if (typeof event === 'string') return event;
    this.counters.events++;
    this.#onLine?.({ ...event });
    return undefined;
  }

  /** @internal */
  check(bytes: Uint8Array, start: number, end: number): Reason | undefined {
    const check = parseCheck(bufferOf(bytes, start, end));
    if (typeof check === 'string') return check;
    this.counters.checks++;
    this.#onLine?.({ ...check });
    return undefined;
  }

  /** @internal */
  rejected(bytes: Uint8Array, start: number, end: number, reason: Reason): void {
    this.counters.rejected++;
    this.#raw.reject(this.#now, bytes, start, end, reason);
    this.#onLine?.({ kind: 'rejected', text: bufferOf(bytes, start, end).toString(), error: reason });
  }

  #parse(payload: Uint8Array): void {
    this.#ring.keep(payload, this.#now);
    this.counters.lines += this.#parser.parse(this.#ring.bytes, this.#ring.start, this.#ring.end, this);
  }

  /** A framed payload of a stream can be longer than the ring takes at once: cut between lines. */
  #inParts(payload: Uint8Array): void {
    let start = 0;
    while (start < payload.length) {
      let end = Math.min(start + MAX_PAYLOAD, payload.length);
      if (end < payload.length) {
        const newline = payload.lastIndexOf(10, end);
        if (newline > start) end = newline;
        else {
          this.tooLong(payload.subarray(start, start + 1024));
          const next = payload.indexOf(10, end);
          start = next < 0 ? payload.length : next + 1;
          continue;
        }
      }
      this.#parse(payload.subarray(start, end));
      start = end + 1;
    }
  }

  #open(line: LineParser): number {
    const { name, tags } = parseName(nameOf(line), textOf(line.bytes, line.tagsStart, line.tagsEnd));
    const key: SeriesKey = { name, type: TYPE_NAMES[line.type]!, tags };
    const series = this.#recorder.open(key);
    this.#table.add(line, series);
    return series;
  }
}

function nameOf(line: LineParser): string {
  return textOf(line.bytes, line.nameStart, line.nameEnd);
}

function textOf(bytes: Uint8Array, start: number, end: number): string {
  return start === end ? '' : bufferOf(bytes, start, end).toString();
}

function bufferOf(bytes: Uint8Array, start: number, end: number): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start);
}

/** A number that stands for a set's member: 53 bits of two mixed 32-bit hashes. */
function memberOf(line: LineParser): number {
  let high = 0x811c9dc5 | 0;
  let low = 0x9747b28c | 0;
  for (let at = line.valueStart; at < line.valueEnd; at++) {
    const c = line.bytes[at]!;
    high = Math.imul(high ^ c, 0x85ebca6b);
    low = Math.imul(low ^ c, 0xc2b2ae35);
    high ^= high >>> 13;
    low ^= low >>> 16;
  }
  return (high >>> 11) * 0x100000000 + (low >>> 0);
}

function describe(line: LineParser): Record<string, unknown> {
  const { name, tags } = parseName(nameOf(line), textOf(line.bytes, line.tagsStart, line.tagsEnd));
  return {
    kind: 'metric',
    name,
    type: TYPE_NAMES[line.type],
    values:
      line.type === SET
        ? [textOf(line.bytes, line.valueStart, line.valueEnd)]
        : [...line.values.subarray(0, line.count)],
    sampleRate: line.rate,
    timestamp: line.timestamp === 0 ? null : line.timestamp,
    tags: tags.map(([key, value]) => (value === '' ? key : `${key}:${value}`)),
  };
}
