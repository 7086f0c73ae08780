import type { SeriesId } from '../../series/index.ts';
import { Distinct } from '../dialects/distinct.ts';
import { isTiming, lead, type Naming, REQUEST, type Rendered, tagValue } from './naming.ts';
import { routeWords, word } from './words.ts';

const KEY_CHARACTERS = 150;
const INTO_NAME = new Set(['http_route', 'http_method', 'http_status_code']);

/**
 * The names of express-hot-shots (https://www.npmjs.com/package/express-hot-shots) for apps that set
 * its `statsdKey` as its documentation shows: `http.get.users._id.response_time` as `ms` and the
 * counters `http.get.users._id.status_code.200`. What has no counterpart keeps its canonical name.
 */
export class ExpressHotShotsNaming implements Naming {
  private readonly prefix: string;
  private readonly distinct = new Distinct();

  constructor(prefix: string) {
    this.prefix = lead(prefix);
  }

  render(id: SeriesId): readonly Rendered[] {
    if (id.metric !== REQUEST || !isTiming(id)) return [{ name: this.prefix + id.metric, tags: id.tags }];
    const route = tagValue(id, 'http_route') ?? '';
    const method = tagValue(id, 'http_method') ?? '';
    const key = this.distinct.of('', `${method} ${route}`, {
      wire: ['http', word(method.toLowerCase()), ...routeWords(route)].join('.').slice(0, KEY_CHARACTERS),
      exact: false,
      most: KEY_CHARACTERS,
      stored: (text) => text.toLowerCase(),
    });
    const tags = id.tags.filter((tag) => !INTO_NAME.has(tag.key));
    const status = word(tagValue(id, 'http_status_code') ?? 'unknown_status');
    return [
      { name: `${this.prefix}${key}.response_time`, tags, type: 'timing' },
      { name: `${this.prefix}${key}.status_code.${status}`, tags, type: 'count', counts: true },
    ];
  }
}
