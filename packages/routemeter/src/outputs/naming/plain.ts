import type { SeriesId } from '../../series/index.ts';
import { Distinct } from '../dialects/distinct.ts';
import { shorten } from '../dialects/text.ts';
import { isTiming, lead, type Naming, type Rendered } from './naming.ts';
import { type UnitWords, unitWords } from './unit-words.ts';
import { routeWords, word } from './words.ts';

/** A leaf and its dot stay within the 200 characters of a name. */
const BODY_CHARACTERS = 180;
const LEAVES = /^(.+)\.(cpu|loop_busy|stalled|wait|pool|queued)$/;
const DELAY_LEAVES = /^(.+)\.(queued|delayed|client)$/;

/**
 * Names for servers that know no tags: the view, then its leaf,
 * `prefix.http.server.request.users._id.get.200.wall`, and beside it the roll-up over all views,
 * `prefix.http.server.request.wall`, since Graphite cannot merge percentiles.
 *
 * Units of work that are no requests have their name in its place, after their kind where the metric does not
 * say it: `prefix.messaging.process.job.mails.welcome.ok.wall`.
 *
 * The tags of the application are left out: they are the same in every name, and a prefix says it
 * better. All other tags follow as `key.value`.
 */
export class PlainNaming implements Naming {
  private readonly prefix: string;
  private readonly distinct = new Distinct();

  constructor(prefix: string) {
    this.prefix = lead(prefix);
  }

  render(id: SeriesId): readonly Rendered[] {
    const timed = id.own && isTiming(id);
    const [, base, inner] = (timed && (id.delay ? DELAY_LEAVES : LEAVES).exec(id.metric)) || [];
    const metric = base ?? id.metric;
    const leaf = timed ? (inner ?? 'wall') : '';
    const unit = unitWords(id, metric);
    const own: Rendered = { name: this.name(metric, leaf, detail(id), unit), tags: [] };
    const rollUp: Rendered = { name: this.name(metric, leaf, [], null), tags: [] };
    return timed && own.name !== rollUp.name ? [own, rollUp] : [own];
  }

  private name(
    metric: string,
    leaf: string,
    details: ReadonlyArray<readonly [string, string]>,
    unit: UnitWords | null,
  ): string {
    const words = details.flatMap(([key, value]) => {
      if (unit?.tells(key)) return [];
      if (key === 'http_route') return routeWords(value);
      if (key === 'http_method') return [word(value.toLowerCase())];
      if (key === 'http_status_code') return [word(value)];
      return value === '' ? [word(key)] : [word(key), word(value)];
    });
    const exactMetric = this.prefix + metric;
    const clean = exactMetric.replace(/\//g, '-').replace(/[^A-Za-z0-9_.-]/g, '_');
    const first = unit === null ? [] : [...unit.words, ...unit.outcome];
    const body = shorten([clean, ...first, ...words].join('.'), BODY_CHARACTERS);
    const tail = leaf === '' ? '' : `.${leaf}`;
    const told = this.distinct.of('', JSON.stringify([metric, leaf, details]), {
      wire: body,
      exact: details.length === 0 && body === exactMetric,
      most: BODY_CHARACTERS,
      stored: (text) => `${text}${tail}`.toLowerCase(),
    });
    return told + tail;
  }
}

const ORDER = ['http_route', 'http_method', 'http_status_code'];

/** What tells a series from its roll-up: route, method and status first, then the other tags by key. */
function detail(id: SeriesId): Array<readonly [string, string]> {
  const place = (key: string) => {
    const at = ORDER.indexOf(key);
    return at < 0 ? ORDER.length : at;
  };
  return id.tags
    .filter((tag) => tag.origin !== 'app')
    .map(({ key, value }) => [key, value] as const)
    .sort(([a], [b]) => place(a) - place(b) || (a < b ? -1 : 1));
}
