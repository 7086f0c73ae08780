import { atOnce, reportThrown } from '../../errors/user-code.ts';
import type { SeriesId, Tag } from '../../series/index.ts';
import { lead, type Naming, type Rendered } from './naming.ts';

/** What a naming function is told of a series. `route`, `method` and `status` only where the series has them. */
export interface NameParts {
  metric: string;
  route: string | undefined;
  method: string | undefined;
  status: string | undefined;
  tags: Readonly<Record<string, string>>;
}

/** One name that a naming function wants; without `tags` it keeps all that the series has. */
export interface WantedName {
  name: string;
  tags?: Readonly<Record<string, string>>;
}

export type NameFunction = (parts: NameParts) => WantedName | readonly WantedName[];

/** Names that one series may have. */
const NAMES = 16;

/** Names by a function of the application's; what it throws is contained and the series keeps its canonical name. */
export class CustomNaming implements Naming {
  private readonly prefix: string;
  private readonly wanted: NameFunction;

  constructor(prefix: string, wanted: NameFunction) {
    this.prefix = lead(prefix);
    this.wanted = wanted;
  }

  render(id: SeriesId): readonly Rendered[] {
    try {
      const tags = Object.fromEntries(id.tags.map((tag) => [tag.key, tag.value]));
      const answer = atOnce(
        this.wanted({
          metric: id.metric,
          route: tags.http_route,
          method: tags.http_method,
          status: tags.http_status_code,
          tags,
        }),
      );
      const list: readonly WantedName[] = Array.isArray(answer) ? answer : [answer as WantedName];
      return list.slice(0, NAMES).map(({ name, tags: own }) => ({
        name: this.prefix + String(name),
        tags: own === undefined ? id.tags : asTags(own),
      }));
    } catch (error) {
      reportThrown('names', error, 'canonical names are sent instead');
      return [{ name: this.prefix + id.metric, tags: id.tags }];
    }
  }
}

function asTags(tags: Readonly<Record<string, string>>): Tag[] {
  return Object.entries(tags).map(([key, value]) => ({ key, value: String(value), origin: 'user' }));
}
