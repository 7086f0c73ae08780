import type { Recorder, SeriesKey } from '../store/store.ts';
import { parseCheck, parseEvent } from './events.ts';
import { parseName } from './names.ts';
import { Notices } from './notices.ts';
import { DISTRIBUTION, GAUGE, LineParser, SET, TYPE_NAMES } from './parser.ts';
import { type RawLine, RawView } from './raw.ts';
import { REASONS, type Reason } from './reasons.ts';
import { Rejections } from './rejections.ts';
import { MAX_PAYLOAD, PayloadRing } from './ring.ts';
import { Rules, type RulesInForce, type RulesOption, type SignedGauge } from './rules.ts';
import { KeyTable } from './table.ts';

export interface IngestOptions {
  clock?: () => number;
  maxSeries?: number;
  /** Called with every line that was read, as an object; costs a string for each, so only when asked for. */
  onLine?: ((line: Record<string, unknown>) => void) | undefined;
  /** Whose rules lines are read by; default `auto`. */
  rules?: RulesOption;
  /** Seconds that samples are kept: older ones are refused. Default 3600. */
  retention?: number;
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
const SECOND_MS = 1000;
/** A sender's clock may be ahead by so much; then its samples count as of now. */
const MAX_AHEAD_MS = 600_000;
/** Of a refused line, as an example of its reason. */
const MAX_SHOWN = 1024;
/** More than the bytes of a payload: positions of lines ascend over payloads. */
const PER_PAYLOAD = 2 * MAX_PAYLOAD;

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
  readonly #parser: LineParser;
  readonly #rules: Rules;
  readonly #retentionMs: number;
  readonly notices = new Notices();
  readonly rejections = new Rejections();
  readonly #ring = new PayloadRing();
  readonly #raw: RawView;
  readonly #table: KeyTable;
  readonly #onLine: ((line: Record<string, unknown>) => void) | undefined;
  #now = 0;

  constructor(recorder: Recorder, options: IngestOptions = {}) {
    this.#recorder = recorder;
    this.#clock = options.clock ?? Date.now;
    this.#onLine = options.onLine;
    const maxSeries = options.maxSeries ?? 5000;
    this.#retentionMs = (options.retention ?? 3600) * 1000;
    this.#rules = new Rules(options.rules ?? 'auto', maxSeries);
    this.#parser = new LineParser(this.#rules.isStrict);
    this.#raw = new RawView(this.#ring, {
      isStrict: this.#rules.isStrict,
      isChange: (line, payload, start) =>
        line.type === GAUGE &&
        line.signed &&
        this.#rules.isChange(signedGauge(line), positionOf(line, payload, start)),
      refusal: (line, at) => this.#refusal(line, at),
    });
    this.#table = new KeyTable(maxSeries * KEYS_PER_SERIES, MAX_KEY_BYTES);
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
    const now = this.#clock();
    this.#raw.rejectLong(now, beginning, REASONS.tooLong);
    this.rejections.add(
      REASONS.tooLong,
      bufferOf(beginning, 0, Math.min(beginning.length, MAX_SHOWN)).toString(),
      now,
    );
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

  /** Whose rules lines are read by, and how that is known. */
  get rules(): RulesInForce {
    return this.#rules.inForce;
  }

  reset(): void {
    this.#ring.clear();
    this.#raw.clear();
    this.#rules.reset();
    this.notices.clear();
    this.rejections.clear();
  }

  /** @internal */
  metric(line: LineParser): Reason | undefined {
    const isLate = line.timestamp > 0;
    if (isLate) {
      const refusal = this.#refusal(line, this.#now);
      if (refusal !== undefined) return refusal;
    }
    let series = this.#table.find(line);
    if (series < 0) series = this.#open(line);
    const position = positionOf(line, this.#ring.number, this.#ring.start);
    if (line.isEtsy) this.#rules.sawEtsy(position);
    else if (isLate || line.tagsEnd > line.tagsStart || line.type === DISTRIBUTION)
      this.#rules.sawDatadog(position);
    // A rate of 0 says nothing of how many were left out.
    const weight = line.rate > 0 ? 1 / line.rate : 1;
    if (line.type === GAUGE && line.signed && this.#rules.learn(signedGauge(line), position)) {
      this.counters.samples++;
      this.#recorder.adjust(series, line.values[line.count - 1]!);
    } else {
      if (line.type === SET) {
        line.values[0] = memberOf(line);
        line.count = 1;
      }
      this.counters.samples += line.count;
      // A second ahead of ours is now.
      if (isLate && line.timestamp * 1000 < this.#now - SECOND_MS) {
        this.#recorder.addAt(series, line.values, line.count, weight, line.timestamp);
      } else this.#recorder.add(series, line.values, line.count, weight);
    }
    if (this.#onLine !== undefined) this.#onLine(describe(line));
    return undefined;
  }

  /** Why a sample cannot count at the time that it names. */
  #refusal({ timestamp }: LineParser, now: number): Reason | undefined {
    if (timestamp === 0) return undefined;
    if (timestamp * 1000 > now + MAX_AHEAD_MS) return REASONS.inFuture;
    return timestamp * 1000 <= now - this.#retentionMs ? REASONS.tooOld : undefined;
  }

  /** @internal */
  event(bytes: Uint8Array, start: number, end: number): Reason | undefined {
    const event = parseEvent(bufferOf(bytes, start, end));
    if (typeof event === 'string') return event;
    this.counters.events++;
    this.notices.event(event, this.#now);
    this.#rules.sawDatadog(this.#ring.number * PER_PAYLOAD);
    this.#onLine?.({ ...event });
    return undefined;
  }

  /** @internal */
  check(bytes: Uint8Array, start: number, end: number): Reason | undefined {
    const check = parseCheck(bufferOf(bytes, start, end));
    if (typeof check === 'string') return check;
    this.counters.checks++;
    this.notices.check(check, this.#now);
    this.#rules.sawDatadog(this.#ring.number * PER_PAYLOAD);
    this.#onLine?.({ ...check });
    return undefined;
  }

  /** @internal */
  rejected(bytes: Uint8Array, start: number, end: number, reason: Reason): void {
    this.counters.rejected++;
    this.#raw.reject(this.#now, bytes, start, end, reason);
    this.rejections.add(
      reason,
      bufferOf(bytes, start, Math.min(end, start + MAX_SHOWN)).toString(),
      this.#now,
    );
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

function signedGauge(line: LineParser): SignedGauge {
  const isPlus = line.bytes[line.valueStart] === 43;
  return { name: nameOf(line), isPlus, hasTags: line.tagsEnd > line.tagsStart };
}

/** Of a line of the payload with this number, that stands at `start`. */
function positionOf(line: LineParser, payload: number, start: number): number {
  return payload * PER_PAYLOAD + line.lineStart - start;
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
