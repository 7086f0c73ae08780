/** What a server made of a metric, in words that all servers share. */
export interface Reading {
  /** As the server has it. */
  name: string;
  /** Without those that the server adds to everything. */
  tags: Record<string, string>;
  kind: Kind;
  /** Of a count its total, of a gauge its last value, of a set its members. */
  value?: number | undefined;
  /** Of timings. */
  count?: number | undefined;
  sum?: number | undefined;
  /** Quantiles that the server worked out, such as `0.95`. */
  quantiles?: Record<string, number> | undefined;
}

export type Kind = 'count' | 'gauge' | 'timing' | 'set';

/** Adds up what a server tells interval by interval. */
export class Readings {
  readonly #all = new Map<string, Reading>();

  add(reading: Reading): void {
    const tags = Object.fromEntries(Object.entries(reading.tags).sort(([a], [b]) => (a < b ? -1 : 1)));
    const key = JSON.stringify([reading.kind, reading.name, tags]);
    const known = this.#all.get(key);
    if (known === undefined) {
      this.#all.set(key, { ...reading, tags });
      return;
    }
    if (reading.kind === 'count') known.value = known.value! + reading.value!;
    else if (reading.kind === 'timing') {
      known.count = known.count! + reading.count!;
      known.sum = known.sum! + reading.sum!;
      if (reading.count! > 0) known.quantiles = reading.quantiles;
    } else known.value = reading.value;
  }

  list(): Reading[] {
    return [...this.#all.values()];
  }
}

/** `a=b` and `c=d` as an object. */
export function tagsOf(parts: readonly string[], separator = '='): Record<string, string> {
  return Object.fromEntries(
    parts.map((part) => {
      const cut = part.indexOf(separator);
      return cut < 0 ? [part, ''] : [part.slice(0, cut), part.slice(cut + separator.length)];
    }),
  );
}
