import type { SeriesId, Tag } from '../../series/index.ts';
import { Distinct } from '../dialects/distinct.ts';
import { isTiming, lead, type Naming, REQUEST, type Rendered, tagValue } from './naming.ts';
import { unitWords } from './unit-words.ts';
import { routeWords } from './words.ts';

const ROLL_UP = 'api.request';
const VIEW_CHARACTERS = 150;
const UNITS = new Set(['work.run', 'messaging.process', 'rpc.server.call', 'graphql.server.operation']);

/**
 * One metric for each view, as `prefix.users._id` and `prefix.users._id.cpu`, and over all views
 * `prefix.api.request` and `prefix.api.request.cpu`. Units of work that are no requests likewise below their metric,
 * as `prefix.work.run.nightly`, and over all `prefix.work.run`. Method and status stay tags where the wire
 * format has any; the roll-up carries the application's tags only.
 */
export class PerViewNaming implements Naming {
  private readonly prefix: string;
  private readonly tagless: boolean;
  private readonly distinct = new Distinct();

  /** @param tagless for wire formats without tags: views of several methods then share a name. */
  constructor(prefix: string, tagless: boolean) {
    this.prefix = lead(prefix);
    this.tagless = tagless;
    this.apart('roll-up', ROLL_UP, true);
  }

  render(id: SeriesId): readonly Rendered[] {
    const route = tagValue(id, 'http_route');
    const leaf = id.metric === REQUEST ? '' : id.metric === `${REQUEST}.cpu` ? '.cpu' : null;
    if (leaf === null || route === undefined || !isTiming(id)) return this.unit(id) ?? [this.other(id)];
    return [
      { name: `${this.prefix}${this.view(route)}${leaf}`, tags: this.tags(id, 'http_route') },
      { name: `${this.prefix}${ROLL_UP}${leaf}`, tags: this.tagless ? [] : app(id) },
    ];
  }

  /** A view keeps both of its names to itself: `/users/cpu` is not the CPU of `/users`. */
  private view(route: string): string {
    return this.apart(`view ${route}`, routeWords(route).join('.').slice(0, VIEW_CHARACTERS), false);
  }

  /** A unit of work that is no request: its name is a view of its metric, beside the roll-up over all. */
  private unit(id: SeriesId): Rendered[] | null {
    const leaf = id.metric.endsWith('.cpu') ? '.cpu' : '';
    const metric = id.metric.slice(0, id.metric.length - leaf.length);
    const unit = UNITS.has(metric) && isTiming(id) ? unitWords(id, metric) : null;
    if (unit === null) return null;
    const view = [metric, ...unit.words].join('.').slice(0, VIEW_CHARACTERS);
    const name = this.apart(`unit ${JSON.stringify([metric, unit.words])}`, view, false);
    const tags = this.tagless ? [] : id.tags.filter((tag) => tag.key === 'outcome' || !unit.tells(tag.key));
    const rollUp = this.apart(`metric ${metric}`, metric, true);
    return [
      { name: `${this.prefix}${name}${leaf}`, tags },
      { name: `${this.prefix}${rollUp}${leaf}`, tags: this.tagless ? [] : app(id) },
    ];
  }

  private other(id: SeriesId): Rendered {
    const tags = this.tagless ? id.tags.filter((tag) => tag.origin === 'user') : id.tags;
    const base = id.metric.replace(/\.cpu$/, '');
    const name = this.apart(`metric ${base}`, base, true) + id.metric.slice(base.length);
    return { name: this.prefix + name, tags };
  }

  private apart(raw: string, wire: string, exact: boolean): string {
    const stored = (text: string) => text.replace(/(\.cpu)+$/, '');
    return this.distinct.of('', raw, { wire, exact, most: VIEW_CHARACTERS, stored });
  }

  private tags(id: SeriesId, without: string): readonly Tag[] {
    return this.tagless ? [] : id.tags.filter((tag) => tag.key !== without);
  }
}

function app(id: SeriesId): readonly Tag[] {
  return id.tags.filter((tag) => tag.origin === 'app');
}
