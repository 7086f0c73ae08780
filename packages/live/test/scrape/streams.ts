import { BucketBounds } from '../../src/prometheus/bounds.ts';
import { Scrape } from '../../src/scrape/families.ts';
import { OWN_NAMES } from '../../src/scrape/own.ts';
import { familyBytes } from '../../src/scrape/protobuf.ts';
import { familyText } from '../../src/scrape/text.ts';
import { MetricUnits } from '../../src/units.ts';
import { FakeClock, pipeline } from '../helpers.ts';

const NAMES = [
  ...['a', 'a.b', 'a_b', 'a-b', 'x', 'x_total', 'x_count', 'x_bucket', 'x_sum', 'x_min', 'x_members'],
  ...['x_decrease_total', 'http.server.request', '__name__', 'le', 'up', '9lives', 'größe', 'with blank'],
  ...['routemeter_live_lines_total', 'routemeter_live_series', 'scrape_duration_seconds', 'a;b=c', 'a,b=c'],
];
const KEYS = [
  ...[
    'a',
    'a.b',
    'a_b',
    'le',
    'job',
    'instance',
    '__name__',
    '__x',
    'vmrange',
    'quantile',
    'ü',
    '9',
    'tag_job',
  ],
];
const VALUES = ['x', 'y', '', 'a"b', 'a\\b', 'a\\nb', 'ü', 'a\0b', '{}', '1.5', 'x y', '\u{1F600}', '+Inf'];
const TYPES = ['c', 'g', 'ms', 'h', 'd', 's'];
const NUMBERS = ['1', '0', '-1', '2.5', '-0.001', '12345', '1e300', '-1e300', '+3', '0.0000001', '7'];

/** Lines that are valid, and as unlike each other as can be. */
export function lines(next: () => number, count: number): string[] {
  const one = <T>(list: readonly T[]): T => list[Math.floor(next() * list.length)]!;
  return Array.from({ length: count }, () => {
    const type = one(TYPES);
    const values = Array.from({ length: next() < 0.2 ? 3 : 1 }, () => one(NUMBERS)).join(':');
    const rate = next() < 0.2 ? `|@${one(['0.1', '0.3', '1', '0'])}` : '';
    const tags = Array.from({ length: Math.floor(next() * 4) }, () => `${one(KEYS)}:${one(VALUES)}`);
    return `${one(NAMES)}:${values}|${type}${rate}${tags.length > 0 ? `|#${tags.join(',')}` : ''}`;
  });
}

/** What a scraper is told of a store that lines are fed to. */
export function scraped(retention = 60) {
  const clock = new FakeClock();
  const live = pipeline({ clock: clock.now, retention });
  const units = new MetricUnits();
  const bounds = new BucketBounds(units);
  const { store } = live;
  const scrape = new Scrape({ store, bounds, units, taken: OWN_NAMES, maxSeries: 5000 });
  store.onRetire = (total) => scrape.retire(total);
  return {
    ...live,
    clock,
    scrape,
    async text(): Promise<string> {
      let text = '';
      for await (const family of scrape.families()) text += familyText(family);
      return text;
    },
    async bytes(): Promise<Buffer> {
      const parts: Uint8Array[] = [];
      for await (const family of scrape.families()) parts.push(familyBytes(family));
      return Buffer.concat(parts);
    },
  };
}

/** Values by series as it is written; throws where one is there twice. */
export function samplesOf(text: string): Map<string, number> {
  const found = new Map<string, number>();
  for (const line of text.split('\n')) {
    if (line === '' || line.startsWith('#')) continue;
    const cut = line.lastIndexOf(' ');
    const series = line.slice(0, cut);
    if (found.has(series)) throw new Error(`${series} is there twice`);
    const value = line.slice(cut + 1);
    found.set(series, value === '+Inf' ? Number.POSITIVE_INFINITY : Number(value));
  }
  return found;
}
