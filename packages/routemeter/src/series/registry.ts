import { warnOnce } from '../errors/warning.ts';
import { foldOrder, hasUserTag, OVERFLOW, replaceTag } from './fold.ts';
import { type Drain, Series, type SeriesId, type Tag } from './series.ts';
import { Width } from './width.ts';

/** User tags can take three quarters, so that no tag of the application's drives out the routes. */
const USER_SHARE = 0.75;
/** How full a share may be with series as they came: the rest is for folded ones, so that only the widest tag has to give way. */
const PLAIN_USER = 7 / 8;
const PLAIN = 31 / 32;
/** Series idle for ten minutes leave. */
export const IDLE_MS = 600_000;

interface Metric {
  readonly width: Width;
  series: number;
  /** Whether its last resort stands; until then a place for it is kept free. */
  fallback: boolean;
}

/**
 * All series of a meter, never more than `maxSeries`. Above the cap samples fold into series
 * whose tags read `overflow`, so that totals stay exact; gauges and sets cannot fold (their
 * mixture means nothing) and are refused.
 */
export class Registry {
  private readonly all = new Map<string, Series>();
  private readonly metrics = new Map<string, Metric>();
  private readonly max: number;
  private readonly maxUser: number;
  private readonly maxPlain: number;
  private readonly drain: Drain;
  private userSeries = 0;
  /** Metrics whose last resort does not stand yet: so many places stay free. */
  private reserved = 0;

  constructor(maxSeries: number, drain: Drain) {
    this.max = maxSeries;
    this.maxUser = Math.floor(maxSeries * USER_SHARE);
    this.maxPlain = Math.floor(maxSeries * PLAIN);
    this.drain = drain;
  }

  get size(): number {
    return this.all.size;
  }

  values(): IterableIterator<Series> {
    return this.all.values();
  }

  /** The series of an identity, made or folded if need be; null when it has no place at all. */
  resolve(id: SeriesId, now: number): Series | null {
    const key = keyOf(id);
    const known = this.all.get(key);
    if (known !== undefined) return known;

    const metric = this.metric(id);
    if (metric === null) return null;
    if (this.fits(id.tags, false)) return this.make(key, id, metric, now);
    return id.type === 'gauge' || id.type === 'set' ? null : this.fold(id, metric, now);
  }

  /** Lets go of series without samples for ten minutes. */
  sweep(now: number): void {
    for (const [key, series] of this.all) {
      if (series.samples > 0 || now - series.touched < IDLE_MS) continue;
      series.leave();
      this.all.delete(key);
      this.forget(series);
    }
  }

  private metric(id: SeriesId): Metric | null {
    const name = metricKey(id);
    let metric = this.metrics.get(name);
    if (metric === undefined) {
      if (this.all.size + this.reserved + 1 > this.max) {
        warnOnce(
          'RM_NAME_CAP',
          'names',
          `no room for metric "${id.metric.slice(0, 80)}": maxSeries is ${this.max}; dropped and counted. Raise maxSeries, or take ids out of metric names`,
        );
        return null;
      }
      metric = { width: new Width(), series: 0, fallback: false };
      this.metrics.set(name, metric);
      this.reserved++;
    }
    return metric;
  }

  /** Whether a series has a place; a folded one may fill its share to the brim. */
  private fits(tags: readonly Tag[], folded: boolean): boolean {
    if (this.all.size + this.reserved >= (folded ? this.max : this.maxPlain)) return false;
    return (
      !hasUserTag(tags) || this.userSeries < (folded ? this.maxUser : Math.floor(this.maxUser * PLAIN_USER))
    );
  }

  private fold(id: SeriesId, metric: Metric, now: number): Series {
    const order = foldOrder(id.tags, metric.width);
    warnOnce(
      'RM_SERIES_CAP',
      `${id.metric} ${order[0] ?? ''}`,
      `"${id.metric}" reached the cap of series (maxSeries ${this.max}): new values of tag "${order[0] ?? ''}" read "${OVERFLOW}" (totals stay exact). Raise maxSeries, or take the tag off`,
    );
    let tags = id.tags;
    for (const key of order) {
      tags = replaceTag(tags, key);
      const folded = { ...id, tags };
      const name = keyOf(folded);
      const known = this.all.get(name);
      if (known !== undefined) return known;
      if (this.fits(tags, true)) return this.make(name, folded, metric, now);
    }
    const last = { ...id, tags: lastResort(id.tags) };
    const name = keyOf(last);
    return this.all.get(name) ?? this.make(name, last, metric, now);
  }

  private make(key: string, id: SeriesId, metric: Metric, now: number): Series {
    const series = new Series(
      id,
      id.tags.some((tag) => tag.value === OVERFLOW && tag.origin !== 'app'),
      now,
      this.drain,
    );
    this.all.set(key, series);
    metric.series++;
    metric.width.add(id.tags);
    if (hasUserTag(id.tags)) this.userSeries++;
    if (isLastResort(id.tags) && !metric.fallback) {
      metric.fallback = true;
      this.reserved--;
    }
    return series;
  }

  private forget(series: Series): void {
    const { id } = series;
    const name = metricKey(id);
    const metric = this.metrics.get(name);
    if (metric === undefined) return;
    if (hasUserTag(id.tags)) this.userSeries--;
    metric.width.remove(id.tags);
    metric.series--;
    if (isLastResort(id.tags) && metric.fallback) {
      metric.fallback = false;
      this.reserved++;
    }
    if (metric.series === 0) {
      this.metrics.delete(name);
      if (!metric.fallback) this.reserved--;
    }
  }
}

/** Tag keys can be hostile too: in the end all but the app's tags give way to one mark. */
function lastResort(tags: readonly Tag[]): Tag[] {
  return [
    ...tags.filter((tag) => tag.origin === 'app'),
    { key: OVERFLOW, value: OVERFLOW, origin: 'request' },
  ];
}

function isLastResort(tags: readonly Tag[]): boolean {
  return tags.some((tag) => tag.key === OVERFLOW && tag.value === OVERFLOW && tag.origin === 'request');
}

function metricKey(id: SeriesId): string {
  return `${id.type}\0${id.rate}\0${id.metric}`;
}

function keyOf(id: SeriesId): string {
  const tags = id.tags.map((tag) => `${tag.key}\x01${tag.value}`).sort();
  return `${metricKey(id)}\0${tags.join('\0')}`;
}
