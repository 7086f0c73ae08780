import type { MetricType, Tag } from '../../series/index.ts';
import { ClassicDialect } from './classic.ts';
import { Distinct } from './distinct.ts';
import { dotted, notInherited, shorten } from './text.ts';

const NAME_CHARACTERS = 200;

/**
 * Plain StatsD (https://github.com/statsd/statsd/blob/master/docs/metric_types.md): everything is in
 * the name, one value a line. Tags beside those of the application, where a naming leaves any, are
 * appended as `.key.value`.
 */
export class PlainStatsD extends ClassicDialect {
  readonly name = 'statsd';
  // Etsy counts `h` and `d` as counters, collectd drops them.
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
    const own = tags
      .filter((tag) => tag.origin !== 'app')
      .map(({ key, value }): [string, string] => [key, value])
      .sort(([a], [b]) => (a < b ? -1 : 1));
    const words = own.flatMap(([key, value]) => (value === '' ? [key] : [key, value]));
    const text = [clean(name), ...words.map((word) => clean(word).replace(/\./g, '_'))].join('.');
    const wire = notInherited(dotted(shorten(text, NAME_CHARACTERS)) || '_');
    return this.distinct.of('', JSON.stringify([name, own]), {
      wire,
      exact: own.length === 0 && wire === name,
      most: NAME_CHARACTERS,
      stored,
    });
  }
}

/** netdata lower-cases. */
function stored(name: string): string {
  return name.toLowerCase();
}

function clean(text: string): string {
  return text.replace(/\//g, '-').replace(/[^A-Za-z0-9_.-]/g, '_');
}
