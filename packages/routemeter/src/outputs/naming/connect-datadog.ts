import type { SeriesId, Tag } from '../../series/index.ts';
import { isTiming, lead, type Naming, REQUEST, type Rendered } from './naming.ts';

const STAT = 'node.express.router';
const KEYS: Readonly<Record<string, string>> = {
  http_route: 'route',
  http_method: 'method',
  http_status_code: 'response_code',
};

/**
 * The names of connect-datadog with its options `method` and `response_code`
 * (https://www.npmjs.com/package/connect-datadog), so that dashboards go on:
 * `node.express.router.response_time` as a histogram with `route`, `method` and `response_code`, and
 * the counters `node.express.router.response_code.200` and `.all`. Routes that it named without
 * their mount are named with it here; what has no counterpart keeps its canonical name.
 */
export class ConnectDatadogNaming implements Naming {
  private readonly prefix: string;

  constructor(prefix: string) {
    this.prefix = lead(prefix);
  }

  render(id: SeriesId): readonly Rendered[] {
    if (id.metric !== REQUEST || !isTiming(id)) return [{ name: this.prefix + id.metric, tags: id.tags }];
    const tags = id.tags
      .filter(({ key, value }) => key !== 'http_route' || value !== 'unmatched')
      .map(translated);
    const status = tags.find((tag) => tag.key === 'response_code')?.value ?? 'unknown';
    const stat = `${this.prefix}${STAT}`;
    return [
      { name: `${stat}.response_time`, tags, type: 'histogram' },
      { name: `${stat}.response_code.${status}`, tags, type: 'count', counts: true },
      { name: `${stat}.response_code.all`, tags, type: 'count', counts: true },
    ];
  }
}

function translated(tag: Tag): Tag {
  const key = KEYS[tag.key] ?? tag.key;
  return { ...tag, key, value: key === 'method' ? tag.value.toLowerCase() : tag.value };
}
