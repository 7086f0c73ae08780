import type { MetricType, Tag } from '../../series/index.ts';
import { ClassicDialect } from './classic.ts';
import { Distinct } from './distinct.ts';
import { dotted, notInherited, shorten } from './text.ts';

const NAME_CHARACTERS = 200;
const TAG_CHARACTERS = 120;

/**
 * Etsy's StatsD in front of Graphite: tags stand in the name, `name;key=value;key=value:1.5|ms`
 * (https://graphite.readthedocs.io/en/latest/tags.html). Etsy keeps `[A-Za-z0-9_.;=-]` and turns `/`
 * into `-`; so do we, that what is sent is what is stored.
 */
export class Graphite extends ClassicDialect {
  readonly name = 'graphite';
  // Etsy counts `h` and `d` as counters.
  protected readonly types: Record<MetricType, string> = {
    count: 'c',
    gauge: 'g',
    set: 's',
    timing: 'ms',
    histogram: 'ms',
    distribution: 'ms',
  };
  private readonly distinct = new Distinct();

  protected subject(name: string, tags: readonly Tag[]): string {
    const wire = notInherited(dotted(shorten(clean(name), NAME_CHARACTERS)) || '_');
    const parts = [this.apart('name', name, wire, NAME_CHARACTERS)];
    for (const { key, value } of tags) {
      // `name` is Graphite's own tag.
      const safeKey = key === 'name' ? '_name' : shorten(clean(key), TAG_CHARACTERS) || '_';
      const shownKey = this.apart('key', key, safeKey, TAG_CHARACTERS);
      const safeValue = shorten(clean(value), TAG_CHARACTERS) || (value === '' ? 'true' : '_');
      parts.push(`${shownKey}=${this.apart(`=${key}`, value, safeValue, TAG_CHARACTERS)}`);
    }
    return parts.join(';');
  }

  private apart(space: string, raw: string, wire: string, most: number): string {
    return this.distinct.of(space, raw, { wire, exact: wire === raw, most, stored: (text) => text });
  }
}

function clean(text: string): string {
  return text.replace(/\//g, '-').replace(/[^A-Za-z0-9_.-]/g, '_');
}
