import type { MetricType, Tag } from '../../series/index.ts';
import { plain } from '../number.ts';
import type { CheckLine, Dialect, EventLine, Frame } from './dialect.ts';
import { Distinct } from './distinct.ts';
import { shorten, shortHash } from './text.ts';

const TYPES: Record<MetricType, string> = {
  count: 'c',
  gauge: 'g',
  set: 's',
  timing: 'ms',
  histogram: 'h',
  distribution: 'd',
};

/** Datadog cuts names and whole tags, key and value together, at 200 characters. */
const KEPT_CHARACTERS = 200;
const KEY_CHARACTERS = 100;

/** Where a sample comes from, for an Agent that adds tags by it (https://docs.datadoghq.com/developers/dogstatsd). */
export interface Origin {
  /** `c:`, the id of the container. */
  readonly container?: string | undefined;
  /** `e:`, what the admission controller put into DD_EXTERNAL_ENV. */
  readonly external?: string | undefined;
  /** `card:`, how fine the added tags may be. */
  readonly cardinality?: string | undefined;
}

/** Parts of the format that not every server reads. */
interface Reads {
  readonly sets: boolean;
  /** Events and service checks. */
  readonly events: boolean;
  /** Tags without a value. */
  readonly bareTags: boolean;
  /** A negative gauge is a value; elsewhere it is a change. */
  readonly negativeGauges: boolean;
}

const EVERYTHING: Reads = { sets: true, events: true, bareTags: true, negativeGauges: true };

/**
 * Datadog's extension of StatsD: `name:1.5:2.5|d|@0.1|#key:value,key:value`
 * (https://docs.datadoghq.com/developers/dogstatsd/datagram_shell). The rate stands before the tags, `@1` and
 * empty tags are left out. Names and values go out as they are but for separators and control
 * characters; what Datadog's own clean-up would make one is told apart by a hash.
 */
export class DogStatsD implements Dialect {
  readonly name = 'dogstatsd';
  private readonly distinct = new Distinct();
  private readonly origin: string;
  private readonly stored: typeof DATADOG;
  private readonly reads: Reads;

  /**
   * @param options.asSent for a server that stores what it reads as it is: only what the wire would merge is told apart.
   * @param options.reads what the server reads. Default everything, as the Datadog Agent does.
   */
  constructor(
    { container, external, cardinality }: Origin = {},
    { asSent = false, reads = EVERYTHING }: { asSent?: boolean; reads?: Reads } = {},
  ) {
    this.stored = asSent ? AS_SENT : DATADOG;
    this.reads = reads;
    this.origin = [
      container ? `|c:${field(container)}` : '',
      external ? `|e:${field(external)}` : '',
      cardinality ? `|card:${field(cardinality)}` : '',
    ].join('');
  }

  frame(name: string, tags: readonly Tag[], type: MetricType, rate: number): Frame {
    let tail = `|${TYPES[type]}`;
    if (rate < 1) tail += `|@${plain(rate)}`;
    if (tags.length > 0) tail += `|#${this.tags(tags)}`;
    tail += this.origin;
    const head = `${this.metric(name)}:`;
    const frame = { head: Buffer.from(head), tail: Buffer.from(tail) };
    return type === 'gauge' && !this.reads.negativeGauges
      ? { ...frame, reset: Buffer.from(`${head}0${tail}`) }
      : frame;
  }

  member(text: string): string | null {
    if (!this.reads.sets) return null;
    const clean = shorten(text.toWellFormed(), KEPT_CHARACTERS).replace(/[|\x00-\x1f\x7f]/g, '_');
    return clean === text && text !== '' ? text : `${clean.slice(0, KEPT_CHARACTERS - 9)}-${shortHash(text)}`;
  }

  timestamped(frame: Frame, value: number, timestamp: number): string | null {
    const at = seconds(timestamp);
    // What would set zero first has no time.
    const isChange = value < 0 && frame.reset !== undefined;
    return at === null || isChange ? null : `${frame.head}${plain(value)}${frame.tail}|T${at}`;
  }

  /** `_e{title bytes,text bytes}:title|text|...`; line breaks in the text travel as `\\n`. */
  event(event: EventLine): string | null {
    if (!this.reads.events) return null;
    const title = shorten(breaks(event.title) || '_', EVENT_CHARACTERS);
    const text = shorten(breaks(event.text), EVENT_CHARACTERS);
    const fields = [
      time(event.timestamp),
      event.hostname === undefined ? '' : `h:${field(event.hostname)}`,
      event.aggregationKey === undefined ? '' : `k:${field(event.aggregationKey)}`,
      event.priority === undefined ? '' : `p:${field(event.priority)}`,
      event.sourceType === undefined ? '' : `s:${field(event.sourceType)}`,
      event.alertType === undefined ? '' : `t:${field(event.alertType)}`,
      event.tags.length === 0 ? '' : `#${this.tags(event.tags)}`,
    ].filter((part) => part !== '');
    const head = `_e{${Buffer.byteLength(title)},${Buffer.byteLength(text)}}:${title}|${text}`;
    return [head, ...fields].join('|') + this.origin;
  }

  /** `_sc|name|status|...`, the message last, as the protocol wants it. */
  check(check: CheckLine): string | null {
    if (!this.reads.events) return null;
    const fields = [
      time(check.timestamp),
      check.hostname === undefined ? '' : `h:${field(check.hostname)}`,
      check.tags.length === 0 ? '' : `#${this.tags(check.tags)}`,
      check.message === undefined
        ? ''
        : `m:${breaks(check.message).replace(/\|/g, '_').replace(/m:/g, 'm\\:')}`,
    ].filter((part) => part !== '');
    return [`_sc|${this.metric(check.name)}|${check.status}`, ...fields].join('|') + this.origin;
  }

  private metric(raw: string): string {
    const wire = nameText(raw);
    return this.distinct.of('name', raw, {
      wire,
      exact: wire === raw && this.stored.name(raw) === raw,
      most: KEPT_CHARACTERS,
      stored: this.stored.name,
    });
  }

  private tags(tags: readonly Tag[]): string {
    return tags.map((tag) => this.tag(tag)).join(',');
  }

  private tag({ key, value }: Tag): string {
    const safeKey = keyText(key);
    const shownKey = this.distinct.of('key', key, {
      wire: safeKey,
      exact: safeKey === key && this.stored.key(key) === key,
      most: KEY_CHARACTERS,
      stored: this.stored.key,
    });
    const most = KEPT_CHARACTERS - shownKey.length - 1;
    const wire =
      value === '' && !this.reads.bareTags
        ? 'true'
        : shorten(value.toWellFormed(), most).replace(/[|,\x00-\x1f\x7f]/g, '_');
    const shown = this.distinct.of(`:${key}`, value, {
      wire,
      exact: wire === value && this.stored.value(value) === value,
      most,
      stored: this.stored.value,
    });
    return shown === '' ? shownKey : `${shownKey}:${shown}`;
  }
}

/** Titles and texts beyond this would not fit a datagram of the largest size that agents read (8192 bytes). */
const EVENT_CHARACTERS = 3000;

/** Whole seconds since 1970 as digits; null for what is no such time. */
function seconds(timestamp: number): string | null {
  return timestamp >= 0 && timestamp < 1e12 ? String(Math.trunc(timestamp)) : null;
}

function time(timestamp: number | undefined): string {
  const at = timestamp === undefined ? null : seconds(Number(timestamp));
  return at === null ? '' : `d:${at}`;
}

function breaks(text: string): string {
  return text
    .toWellFormed()
    .replace(/\r?\n/g, '\\n')
    .replace(/[\x00-\x1f\x7f]/g, '_');
}

function field(text: string): string {
  return shorten(text.toWellFormed(), KEPT_CHARACTERS).replace(/[|\x00-\x1f\x7f]/g, '_');
}

/** Separators and control characters become `_`; the rest, UTF-8 included, stays. */
function nameText(name: string): string {
  const text = shorten(name.toWellFormed(), KEPT_CHARACTERS).replace(/[:|@#,\s\x00-\x1f\x7f]/g, '_');
  return text === '' || text.startsWith('_e{') || text.startsWith('_sc') ? `_${text}` : text;
}

function keyText(key: string): string {
  return shorten(key.toWellFormed(), KEY_CHARACTERS).replace(/[:|,#\s\x00-\x1f\x7f]/g, '_') || '_';
}

/** What Datadog makes of a name: other characters become `_`, runs and ends of `_` go. */
export function storedName(name: string): string {
  return name
    .replace(/[^A-Za-z0-9_.]+/g, '_')
    .replace(/_*\._*/g, '.')
    .replace(/_{2,}/g, '_')
    .replace(/^[^A-Za-z]+|_$/g, '');
}

/** What Datadog makes of a tag: lower case, other characters become `_`, runs and ends of `_` go. */
export function storedValue(value: string): string {
  return value
    .toLowerCase()
    .replace(/[^a-z0-9_.:/-]+/g, '_')
    .replace(/_{2,}/g, '_')
    .replace(/_$/, '');
}

function storedKey(key: string): string {
  return storedValue(key).replace(/^[^a-z]+/, '');
}

const DATADOG = { name: storedName, key: storedKey, value: storedValue };
const same = (text: string) => text;
const AS_SENT: typeof DATADOG = { name: same, key: same, value: same };
