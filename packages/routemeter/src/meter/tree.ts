import type { MetricType, Series } from '../series/index.ts';

/** One step of tags already seen; its series is what the steps before lead to. */
export class TagNode {
  series: Series | null = null;
  private keys: Map<string, Map<unknown, TagNode>> | null = null;

  next(key: string, value: unknown, tree: TagTree): TagNode {
    this.keys ??= new Map();
    let values = this.keys.get(key);
    if (values === undefined) this.keys.set(key, (values = new Map()));
    let node = values.get(value);
    if (node === undefined) {
      values.set(value, (node = new TagNode()));
      tree.grown();
    }
    return node;
  }
}

/**
 * Finds the series of a metric call without building a string: a walk over the tags as the caller
 * gave them. Only a cache: it forgets everything when it grows past `most` nodes.
 */
export class TagTree {
  private readonly most: number;
  private types = new Map<MetricType, Map<string, TagNode>>();
  private nodes = 0;

  constructor(most: number) {
    this.most = most;
  }

  metric(type: MetricType, name: string): TagNode {
    let names = this.types.get(type);
    if (names === undefined) this.types.set(type, (names = new Map()));
    let node = names.get(name);
    if (node === undefined) {
      if (this.nodes > this.most) {
        this.types = new Map([[type, (names = new Map())]]);
        this.nodes = 0;
      }
      names.set(name, (node = new TagNode()));
      this.nodes++;
    }
    return node;
  }

  grown(): void {
    if (++this.nodes <= this.most) return;
    // Callers in the middle of a walk keep their nodes; the next walk starts afresh.
    this.types = new Map();
    this.nodes = 0;
  }
}
