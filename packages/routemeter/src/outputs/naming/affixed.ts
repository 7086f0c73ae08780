import type { SeriesId } from '../../series/index.ts';
import type { Naming, Rendered } from './naming.ts';

/** Puts the prefix and suffix of a StatsD client around names, as the client does with its own. */
export class AffixedNaming implements Naming {
  private readonly naming: Naming;
  private readonly prefix: string;
  private readonly suffix: string;

  constructor(naming: Naming, prefix: string, suffix: string) {
    this.naming = naming;
    this.prefix = prefix;
    this.suffix = suffix;
  }

  render(id: SeriesId): readonly Rendered[] {
    return this.naming
      .render(id)
      .map((rendered) => ({ ...rendered, name: this.prefix + rendered.name + this.suffix }));
  }
}
