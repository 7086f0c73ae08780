import type { MetricType, Tag } from '../../series/index.ts';
import { plain } from '../number.ts';
import type { CheckLine, Dialect, EventLine, Frame } from './dialect.ts';
import { shorten, VALUE_CHARACTERS } from './text.ts';

const TYPES: Record<MetricType, string> = {
  count: 'c',
  gauge: 'g',
  set: 's',
  timing: 'ms',
  histogram: 'h',
  distribution: 'd',
};

const NAME_CHARACTERS = 200;

/**
 * Datadog's extension of StatsD: `name:1.5:2.5|d|@0.1|#key:value,key:value`
 * (https://docs.datadoghq.com/developers/dogstatsd/datagram_shell). The rate stands before the tags, `@1` and
 * empty tags are left out.
 */
export class DogStatsD implements Dialect {
  readonly name = 'dogstatsd';

  frame(name: string, tags: readonly Tag[], type: MetricType, rate: number): Frame {
    let tail = `|${TYPES[type]}`;
    if (rate < 1) tail += `|@${plain(rate)}`;
    if (tags.length > 0) tail += `|#${tags.map(tagText).join(',')}`;
    return { head: Buffer.from(`${nameText(name)}:`), tail: Buffer.from(tail) };
  }

  member(text: string): string {
    return shorten(text.toWellFormed(), VALUE_CHARACTERS).replace(/[|\n\r]/g, '_');
  }

  timestamped(frame: Frame, value: number, timestamp: number): string {
    return `${frame.head}${plain(value)}${frame.tail}|T${Math.trunc(timestamp)}`;
  }

  /** `_e{title bytes,text bytes}:title|text|...`; line breaks in the text travel as `\\n`. */
  event(event: EventLine): string {
    const title = shorten(breaks(event.title) || '_', EVENT_CHARACTERS);
    const text = shorten(breaks(event.text), EVENT_CHARACTERS);
    const fields = [
      event.timestamp === undefined ? '' : `d:${Math.trunc(event.timestamp)}`,
      event.hostname === undefined ? '' : `h:${field(event.hostname)}`,
      event.aggregationKey === undefined ? '' : `k:${field(event.aggregationKey)}`,
      event.priority === undefined ? '' : `p:${field(event.priority)}`,
      event.sourceType === undefined ? '' : `s:${field(event.sourceType)}`,
      event.alertType === undefined ? '' : `t:${field(event.alertType)}`,
      event.tags.length === 0 ? '' : `#${event.tags.map(tagText).join(',')}`,
    ].filter((part) => part !== '');
    const head = `_e{${Buffer.byteLength(title)},${Buffer.byteLength(text)}}:${title}|${text}`;
    return [head, ...fields].join('|');
  }

  /** `_sc|name|status|...`, the message last, as the protocol wants it. */
  check(check: CheckLine): string {
    const fields = [
      check.timestamp === undefined ? '' : `d:${Math.trunc(check.timestamp)}`,
      check.hostname === undefined ? '' : `h:${field(check.hostname)}`,
      check.tags.length === 0 ? '' : `#${check.tags.map(tagText).join(',')}`,
      check.message === undefined
        ? ''
        : `m:${breaks(check.message).replace(/\|/g, '_').replace(/m:/g, 'm\\:')}`,
    ].filter((part) => part !== '');
    return [`_sc|${nameText(check.name)}|${check.status}`, ...fields].join('|');
  }
}

/** Titles and texts beyond this would not fit a datagram of the largest size that agents read (8192 bytes). */
const EVENT_CHARACTERS = 3000;

function breaks(text: string): string {
  return text
    .toWellFormed()
    .replace(/\r?\n/g, '\\n')
    .replace(/[\x00-\x1f\x7f]/g, '_');
}

function field(text: string): string {
  return shorten(text.toWellFormed(), VALUE_CHARACTERS).replace(/[|\x00-\x1f\x7f]/g, '_');
}

/** Separators and control characters become `_`; the rest, UTF-8 included, stays. */
function nameText(name: string): string {
  const text = shorten(name.toWellFormed(), NAME_CHARACTERS).replace(/[:|@#,\s\x00-\x1f\x7f]/g, '_');
  return text === '' || text.startsWith('_e{') || text.startsWith('_sc') ? `_${text}` : text;
}

export function tagText({ key, value }: Tag): string {
  const safeKey = shorten(key.toWellFormed(), VALUE_CHARACTERS).replace(/[:|,#\s\x00-\x1f\x7f]/g, '_');
  if (value === '') return safeKey;
  return `${safeKey}:${shorten(value.toWellFormed(), VALUE_CHARACTERS).replace(/[|,\x00-\x1f\x7f]/g, '_')}`;
}
