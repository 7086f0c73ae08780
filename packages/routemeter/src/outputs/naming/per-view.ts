import type { SeriesId, Tag } from '../../series/index.ts';
import { Distinct } from '../dialects/distinct.ts';
import { isTiming, lead, type Naming, REQUEST, type Rendered, tagValue } from './naming.ts';
import { routeWords } from './words.ts';

const ROLL_UP = 'api.request';
const VIEW_CHARACTERS = 150;

/**
 * One metric for each view, as `prefix.users._id` and `prefix.users._id.cpu`, and over all views
 * `prefix.api.request` and `prefix.api.request.cpu`. Method and status stay tags where the wire
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
    if (leaf === null || route === undefined || !isTiming(id)) return [this.other(id)];
    return [
      { name: `${this.prefix}${this.view(route)}${leaf}`, tags: this.tags(id, 'http_route') },
      { name: `${this.prefix}${ROLL_UP}${leaf}`, tags: this.tagless ? [] : app(id) },
    ];
  }

  /** A view keeps both of its names to itself: `/users/cpu` is not the CPU of `/users`. */
  private view(route: string): string {
    return this.apart(`view ${route}`, routeWords(route).join('.').slice(0, VIEW_CHARACTERS), false);
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
