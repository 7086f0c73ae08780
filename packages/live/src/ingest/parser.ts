import { plainLines } from './etsy.ts';
import { REASONS, type Reason } from './reasons.ts';
import { hasColonOrEnd, hasPipeOrControl, mix, SLACK } from './words.ts';

/** Wire types as small numbers, the index into {@link TYPE_NAMES}. */
export const COUNT = 0;
export const GAUGE = 1;
export const TIMING = 2;
export const HISTOGRAM = 3;
export const DISTRIBUTION = 4;
export const SET = 5;
export const TYPE_NAMES = ['count', 'gauge', 'timing', 'histogram', 'distribution', 'set'] as const;

/** Receives what the parser finds. The parser itself is the metric: its fields hold until the next line. */
export interface LineHandler {
  /** May refuse it for what it says, such as a time that nothing is kept of. */
  metric(line: LineParser): Reason | undefined;
  event(bytes: Uint8Array, start: number, end: number): Reason | undefined;
  check(bytes: Uint8Array, start: number, end: number): Reason | undefined;
  rejected(bytes: Uint8Array, start: number, end: number, reason: Reason): void;
}

const NEWLINE = 10;
const RETURN = 13;
const COLON = 58;
const PIPE = 124;
const MAX_VALUES = 32_768;
const SEED = 0x811c9dc5 | 0;
const POWERS = Float64Array.from({ length: 23 }, (_, i) => 10 ** i);
const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;

/**
 * Reads StatsD lines in place, over bytes: no string is made and nothing is allocated for a metric line.
 * The grammar is the Datadog Agent's; names of the other dialects (`;k=v`, `,k=v`) stay in the name here and
 * are taken apart once per series, in `names.ts`.
 *
 * `bytes[end]` must be a newline, so that no loop has to look for the end of the packet, and there must be
 * `SLACK` bytes (words.ts) behind it, whatever they hold.
 */
export class LineParser {
  bytes: Uint8Array = new Uint8Array(0);
  view: DataView = new DataView(this.bytes.buffer);
  nameStart = 0;
  nameEnd = 0;
  valueStart = 0;
  valueEnd = 0;
  /** `tagsStart === tagsEnd` when the line has no tags. */
  tagsStart = 0;
  tagsEnd = 0;
  type = COUNT;
  /** Of name, type and tag bytes; equal keys have equal hashes, not the other way round. */
  hash = 0;
  /** As written: 1 when absent, may be 0. */
  rate = 1;
  /** Unix seconds, 0 when absent. */
  timestamp = 0;
  /** The first value was written with a sign: a change and not a value, by some rules. */
  signed = false;
  /** Where the line stands in the payload, also while a part of it is read from elsewhere. */
  lineStart = 0;
  /** The line was read by Etsy's rules alone: several types behind one name, or blanks around its parts. */
  isEtsy = false;
  count = 0;
  readonly values = new Float64Array(MAX_VALUES);
  readonly #isStrict: boolean;
  #error: Reason | undefined;
  #number = 0;
  #hash = 0;

  /** @param isStrict the Datadog Agent's grammar and nothing more. */
  constructor(isStrict = false) {
    this.#isStrict = isStrict;
  }

  /** Parses every line in `bytes[start, end)`; returns how many lines there were. */
  parse(bytes: Uint8Array, start: number, end: number, handler: LineHandler): number {
    if (bytes !== this.bytes) {
      this.bytes = bytes;
      this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    }
    let lines = 0;
    let at = start;
    while (at < end) {
      const first = bytes[at]!;
      if (first === NEWLINE || (first === RETURN && bytes[at + 1] === NEWLINE)) {
        at++;
        continue;
      }
      lines++;
      if (first === 95 /* _ */) {
        const second = bytes[at + 1];
        const isEvent = second === 101; /* _e */
        if (isEvent || (second === 115 && bytes[at + 2] === 99) /* _sc */) {
          const stop = lineEnd(bytes, at);
          const textEnd = bytes[stop - 1] === RETURN ? stop - 1 : stop;
          const reason = isEvent ? handler.event(bytes, at, textEnd) : handler.check(bytes, at, textEnd);
          if (reason !== undefined) handler.rejected(bytes, at, textEnd, reason);
          at = stop + 1;
          continue;
        }
      }
      this.lineStart = at;
      const stop = this.#metric(bytes, at);
      if (stop >= 0) {
        const reason = handler.metric(this);
        if (reason !== undefined) handler.rejected(bytes, at, textEnd(bytes, stop), reason);
        at = stop + 1;
      } else {
        const bad = lineEnd(bytes, at);
        const stop = textEnd(bytes, bad);
        const error = this.#error!;
        const reason = this.#isStrict ? error : this.#parts(at, stop, error, handler);
        if (reason !== undefined) handler.rejected(bytes, at, stop, reason);
        at = bad + 1;
      }
    }
    return lines;
  }

  /**
   * A line that only Etsy's rules can read: its parts, each written as a line of its own, are read from there.
   * All of them or none, so that a line is either read or refused.
   */
  #parts(start: number, end: number, error: Reason, handler: LineHandler): Reason | undefined {
    const { bytes, view } = this;
    const lines = plainLines(latin1(bytes, start, end));
    // The last value has none, and no rule says which it would be.
    if (lines === undefined) return error === REASONS.severalTypes ? REASONS.noType : error;
    const text = Buffer.from(`${lines.join('\n')}\n${' '.repeat(SLACK)}`, 'latin1');
    this.bytes = text;
    this.view = new DataView(text.buffer, text.byteOffset, text.byteLength);
    const last = text.length - SLACK;
    let reason: Reason | undefined;
    for (let at = 0; at < last && reason === undefined; ) {
      const stop = this.#metric(text, at);
      if (stop < 0) reason = this.#error;
      at = stop + 1;
    }
    this.isEtsy = true;
    for (let at = 0; at < last && reason === undefined; ) {
      const stop = this.#metric(text, at);
      reason = handler.metric(this);
      at = stop + 1;
    }
    this.isEtsy = false;
    this.bytes = bytes;
    this.view = view;
    return reason;
  }

  /** Returns where the line ends (its newline), or -1 with `#error` set. */
  #metric(bytes: Uint8Array, start: number): number {
    let at = this.#scanName(bytes, start);
    let hash = this.#hash;
    let c = bytes[at]!;
    if (c !== COLON) return this.#fail(REASONS.noValue);
    if (at === start) return this.#fail(REASONS.emptyName);
    this.nameStart = start;
    this.nameEnd = at;
    at++;
    this.valueStart = at;
    c = bytes[at]!;
    this.signed = c === 43 || c === 45;

    // Whether the values must be numbers is known only at the type, so a failure waits until then.
    let valueError: Reason | undefined;
    let count = 0;
    for (;;) {
      c = bytes[at]!;
      if (c === COLON) {
        at++;
        continue;
      }
      if (c === PIPE) break;
      if (c === NEWLINE) return this.#fail(REASONS.noType);
      const next = this.#readNumber(bytes, at);
      if (next < 0) {
        valueError = REASONS.badValue;
        while (c !== PIPE && c !== NEWLINE) c = bytes[++at]!;
        if (c === NEWLINE) return this.#fail(REASONS.noType);
        break;
      }
      if (count === MAX_VALUES) return this.#fail(REASONS.tooManyValues);
      this.values[count++] = this.#number;
      at = next;
    }
    this.valueEnd = at;
    if (at === this.valueStart) return this.#fail(REASONS.emptyValue);

    const type = this.#readType(bytes, at + 1);
    if (type < 0) return this.#fail(whyNoType(bytes, at + 1));
    at += type === TIMING ? 3 : 2;
    if (type === SET) count = 0;
    else if (valueError !== undefined) return this.#fail(valueError);
    else if (count === 0) return this.#fail(REASONS.emptyValue);
    this.type = type;
    this.count = count;

    let tagHash = 0;
    this.rate = 1;
    this.timestamp = 0;
    this.tagsStart = 0;
    this.tagsEnd = 0;
    c = bytes[at]!;
    while (c === PIPE) {
      c = bytes[++at]!;
      if (c === 35 /* # */) {
        this.tagsStart = at + 1;
        at = this.#scanTags(bytes, at + 1);
        this.tagsEnd = at;
        c = bytes[at]!;
        tagHash = at === this.tagsStart ? 0 : this.#hash;
      } else if (c === 64 /* @ */) {
        at = this.#readNumber(bytes, at + 1);
        if (at < 0) return this.#fail(REASONS.badRate);
        c = bytes[at]!;
        if (c === COLON) return this.#fail(REASONS.severalTypes);
        this.rate = this.#number;
      } else if (c === 84 /* T */) {
        at = this.#readTimestamp(bytes, at + 1);
        if (at < 0) return this.#fail(REASONS.badTimestamp);
        c = bytes[at]!;
      } else {
        // c:, e:, card: and what is to come: of no use here.
        while (c !== PIPE && (c > RETURN || !ends(bytes, at))) c = bytes[++at]!;
      }
    }
    hash = mix(mix(hash, type), tagHash);
    this.hash = hash ^ (hash >>> 15);
    return c === RETURN ? at + 1 : at;
  }

  /** Hashes up to the colon, the pipe or the newline that ends the name; returns where that is. */
  #scanName(bytes: Uint8Array, start: number): number {
    const { view } = this;
    let at = start;
    let hash = SEED;
    let word = view.getInt32(at, true);
    while (!hasColonOrEnd(word)) {
      hash = mix(hash, word);
      at += 4;
      word = view.getInt32(at, true);
    }
    word = 0;
    let shift = 0;
    for (let c = bytes[at]!; c !== COLON && c !== PIPE && c !== NEWLINE; c = bytes[++at]!) {
      word |= c << shift;
      shift += 8;
      if (shift === 32) {
        hash = mix(hash, word);
        word = 0;
        shift = 0;
      }
    }
    this.#hash = mix(hash, word);
    return at;
  }

  /** The same up to the pipe or the end of the line; a colon belongs to the tags. */
  #scanTags(bytes: Uint8Array, start: number): number {
    const { view } = this;
    let at = start;
    let hash = SEED;
    let word = view.getInt32(at, true);
    while (!hasPipeOrControl(word)) {
      hash = mix(hash, word);
      at += 4;
      word = view.getInt32(at, true);
    }
    word = 0;
    let shift = 0;
    for (let c = bytes[at]!; c !== PIPE && (c > RETURN || !ends(bytes, at)); c = bytes[++at]!) {
      word |= c << shift;
      shift += 8;
      if (shift === 32) {
        hash = mix(hash, word);
        word = 0;
        shift = 0;
      }
    }
    this.#hash = mix(hash, word);
    return at;
  }

  #fail(reason: Reason): number {
    this.#error = reason;
    return -1;
  }

  #readType(bytes: Uint8Array, at: number): number {
    const c = bytes[at]!;
    let type = -1;
    let next = at + 1;
    if (c === 99) type = COUNT;
    else if (c === 103) type = GAUGE;
    else if (c === 109 && bytes[next] === 115) {
      type = TIMING;
      next++;
    } else if (c === 104) type = HISTOGRAM;
    else if (c === 100) type = DISTRIBUTION;
    else if (c === 115) type = SET;
    if (type < 0) return -1;
    return bytes[next] === PIPE || ends(bytes, next) ? type : -1;
  }

  /** Sets `#number`; returns the position of the delimiter (`:`, `|` or the line's end) or -1. */
  #readNumber(bytes: Uint8Array, start: number): number {
    let at = start;
    let c = bytes[at]!;
    let negative = false;
    if (c === 45 || c === 43) {
      negative = c === 45;
      c = bytes[++at]!;
    }
    let mantissa = 0;
    let digits = 0;
    let fraction = 0;
    while (c >= 48 && c <= 57) {
      mantissa = mantissa * 10 + (c - 48);
      digits++;
      c = bytes[++at]!;
    }
    if (c === 46) {
      const point = at;
      c = bytes[++at]!;
      while (c >= 48 && c <= 57) {
        mantissa = mantissa * 10 + (c - 48);
        digits++;
        c = bytes[++at]!;
      }
      fraction = at - point - 1;
    }
    // Up to 15 digits the mantissa is exact and one division rounds as the language itself would.
    if (digits > 0 && digits <= 15 && (c === COLON || c === PIPE || ends(bytes, at))) {
      const value = fraction === 0 ? mantissa : mantissa / POWERS[fraction]!;
      this.#number = negative ? -value : value;
      return at;
    }
    return this.#readRareNumber(bytes, start);
  }

  /** Exponents and more than 15 digits. */
  #readRareNumber(bytes: Uint8Array, start: number): number {
    let at = start;
    while (bytes[at] !== COLON && bytes[at] !== PIPE && !ends(bytes, at)) at++;
    if (at === start || at - start > 400) return -1;
    const text = latin1(bytes, start, at);
    if (!NUMBER.test(text)) return -1;
    const value = Number(text);
    if (!Number.isFinite(value)) return -1;
    this.#number = value;
    return at;
  }

  #readTimestamp(bytes: Uint8Array, start: number): number {
    let at = start;
    let value = 0;
    let c = bytes[at]!;
    if (c === 43) c = bytes[++at]!;
    const first = at;
    while (c >= 48 && c <= 57) {
      value = value * 10 + (c - 48);
      c = bytes[++at]!;
    }
    if (at === first || at - first > 15 || value < 1 || (c !== PIPE && !ends(bytes, at))) return -1;
    this.timestamp = value;
    return at;
  }
}

/** Whether the line ends here: at a newline, or a carriage return right before one. */
function ends(bytes: Uint8Array, at: number): boolean {
  const c = bytes[at]!;
  return c === NEWLINE || (c === RETURN && bytes[at + 1] === NEWLINE);
}

/** Without the carriage return before it. */
function textEnd(bytes: Uint8Array, stop: number): number {
  return bytes[stop - 1] === RETURN ? stop - 1 : stop;
}

/** What stands where a type should. */
function whyNoType(bytes: Uint8Array, at: number): Reason {
  if (bytes[at] === PIPE || ends(bytes, at)) return REASONS.noType;
  let end = at;
  while (bytes[end] !== PIPE && bytes[end] !== COLON && !ends(bytes, end)) end++;
  if (bytes[end] === COLON && /^(?:[cghds]|ms)$/.test(latin1(bytes, at, end))) return REASONS.severalTypes;
  return REASONS.badType;
}

function lineEnd(bytes: Uint8Array, from: number): number {
  let at = from;
  while (bytes[at] !== NEWLINE) at++;
  return at;
}

function latin1(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('latin1');
}
