import type { MetricType, Series } from '../series/index.ts';

/** One step of tags already seen; its series is what the steps before lead to. */
export class TagNode {
  series: Series | null = null;
  /** Of blocks: the series of their CPU, found by the same walk as that of their time. */
  cpu: Series | null = null;
  /** The last step from here, nearly always the next one too: no map is asked for it. */
  private lastKey = '';
  private lastValue: unknown;
  private last: TagNode | null = null;
  private keys: Map<string, Map<unknown, TagNode>> | null = null;

  next(key: string, value: unknown, tree: TagTree): TagNode {
    if (this.last !== null && this.lastValue === value && this.lastKey === key) return this.last;
    this.keys ??= new Map();
    let values = this.keys.get(key);
    if (values === undefined) this.keys.set(key, (values = new Map()));
    let node = values.get(value);
    if (node === undefined) {
      values.set(value, (node = new TagNode()));
      tree.grown();
    }
    this.lastKey = key;
    this.lastValue = value;
    this.last = node;
    return node;
  }
}

/** Where the walk of a metric begins. */
class MetricNode extends TagNode {
  readonly type: MetricType;
  /** A metric of the same name and another type. */
  readonly sibling: MetricNode | undefined;

  constructor(type: MetricType, sibling: MetricNode | undefined) {
    super();
    this.type = type;
    this.sibling = sibling;
  }
}

/**
 * Finds the series of a metric call without building a string: a walk over the tags as the caller
 * gave them. Only a cache: it forgets everything when it grows past `most` nodes.
 */
export class TagTree {
  private readonly most: number;
  private names = new Map<string, MetricNode>();
  private nodes = 0;

  constructor(most: number) {
    this.most = most;
  }

  metric(type: MetricType, name: string): TagNode {
    const first = this.names.get(name);
    for (let node = first; node !== undefined; node = node.sibling) {
      if (node.type === type) return node;
    }
    const forgets = this.nodes > this.most;
    if (forgets) this.forget();
    const node = new MetricNode(type, forgets ? undefined : first);
    this.names.set(name, node);
    this.nodes++;
    return node;
  }

  grown(): void {
    // Callers in the middle of a walk keep their nodes; the next walk starts afresh.
    if (++this.nodes > this.most) this.forget();
  }

  private forget(): void {
    this.names = new Map();
    this.nodes = 0;
  }
}
