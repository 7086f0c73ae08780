import type { SeriesId } from '../../series/index.ts';
import type { Naming, Rendered } from './naming.ts';

/** Several namings at once, for a migration: a name that two of them want is sent once. */
export class SeveralNamings implements Naming {
  private readonly namings: readonly Naming[];

  constructor(namings: readonly Naming[]) {
    this.namings = namings;
  }

  render(id: SeriesId): readonly Rendered[] {
    const all = new Map<string, Rendered>();
    for (const naming of this.namings) {
      for (const rendered of naming.render(id)) {
        const tags = rendered.tags.map(({ key, value }) => [key, value]).sort();
        const same = JSON.stringify([rendered.name, rendered.type ?? id.type, tags]);
        if (!all.has(same)) all.set(same, rendered);
      }
    }
    return [...all.values()];
  }
}
