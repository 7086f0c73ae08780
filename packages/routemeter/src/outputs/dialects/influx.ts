import type { MetricType, Tag } from '../../series/index.ts';
import { ClassicDialect } from './classic.ts';
import { Distinct } from './distinct.ts';
import { dotted, notInherited, shorten } from './text.ts';

const NAME_CHARACTERS = 200;
const TAG_CHARACTERS = 200;

/**
 * Telegraf's extension of StatsD: tags stand in the name, `name,key=value,key=value:1.5|ms`
 * (https://github.com/influxdata/telegraf/tree/master/plugins/inputs/statsd#influx-statsd). Telegraf has no
 * escapes here: `[A-Za-z0-9_./-]` stay, everything else becomes `_`.
 */
export class Influx extends ClassicDialect {
  readonly name = 'influx';
  // Telegraf drops `d` unless told otherwise, and reads `h` as it reads `ms`.
  protected readonly types: Record<MetricType, string> = {
    count: 'c',
    gauge: 'g',
    set: 's',
    timing: 'ms',
    histogram: 'h',
    distribution: 'h',
  };
  private readonly distinct = new Distinct();

  protected subject(name: string, tags: readonly Tag[]): string {
    const wire = notInherited(dotted(shorten(clean(name), NAME_CHARACTERS)) || '_');
    const parts = [this.apart('name', name, wire, NAME_CHARACTERS, measurement)];
    for (const { key, value } of tags) {
      // Telegraf adds a tag of this name.
      const safeKey = key === 'metric_type' ? '_metric_type' : shorten(clean(key), TAG_CHARACTERS) || '_';
      const shownKey = this.apart('key', key, safeKey, TAG_CHARACTERS);
      // A tag without a value would be left out.
      const safeValue = shorten(clean(value), TAG_CHARACTERS) || (value === '' ? 'true' : '_');
      parts.push(`${shownKey}=${this.apart(`=${key}`, value, safeValue, TAG_CHARACTERS)}`);
    }
    return parts.join(',');
  }

  private apart(space: string, raw: string, wire: string, most: number, stored = same): string {
    return this.distinct.of(space, raw, { wire, exact: wire === raw, most, stored });
  }
}

/** Telegraf's `metric_separator` puts `_` for each dot. */
function measurement(name: string): string {
  return name.replace(/\./g, '_');
}

function same(text: string): string {
  return text;
}

function clean(text: string): string {
  return text.replace(/[^A-Za-z0-9_./-]/g, '_');
}
