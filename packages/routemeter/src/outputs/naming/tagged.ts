import type { SeriesId } from '../../series/index.ts';
import { lead, type Naming, type Rendered } from './naming.ts';

/** The default: the canonical name behind the prefix, everything else in tags. */
export class TaggedNaming implements Naming {
  private readonly prefix: string;

  constructor(prefix: string) {
    this.prefix = lead(prefix);
  }

  render(id: SeriesId): readonly Rendered[] {
    return [{ name: this.prefix + id.metric, tags: id.tags }];
  }
}
