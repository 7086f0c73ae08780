import type { Tag } from './series.ts';

/** How many values each user tag of one metric has: the widest is what folds first. */
export class Width {
  private readonly keys = new Map<string, Map<string, number>>();

  add(tags: readonly Tag[]): void {
    for (const { key, value, origin } of tags) {
      if (origin !== 'user') continue;
      let values = this.keys.get(key);
      if (values === undefined) this.keys.set(key, (values = new Map()));
      values.set(value, (values.get(value) ?? 0) + 1);
    }
  }

  remove(tags: readonly Tag[]): void {
    for (const { key, value, origin } of tags) {
      const values = origin === 'user' ? this.keys.get(key) : undefined;
      if (values === undefined) continue;
      const left = (values.get(value) ?? 1) - 1;
      if (left > 0) values.set(value, left);
      else values.delete(value);
      if (values.size === 0) this.keys.delete(key);
    }
  }

  of(key: string): number {
    return this.keys.get(key)?.size ?? 0;
  }
}
