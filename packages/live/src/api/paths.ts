import type { Endpoint } from './endpoint.ts';

const NONE: readonly Endpoint[] = [];

/** Finds the endpoints of a path: most are written as they stand, some have parts that stand for anything. */
export class Paths {
  readonly #plain = new Map<string, Endpoint[]>();
  readonly #open = new Map<string, { parts: readonly string[]; endpoints: Endpoint[] }>();

  constructor(endpoints: readonly Endpoint[]) {
    for (const endpoint of endpoints) {
      const { path } = endpoint;
      if (!path.includes(':')) {
        this.#plain.set(path, [...(this.#plain.get(path) ?? []), endpoint]);
        continue;
      }
      const known = this.#open.get(path);
      if (known === undefined) this.#open.set(path, { parts: path.split('/'), endpoints: [endpoint] });
      else known.endpoints.push(endpoint);
    }
  }

  /** One for each method; what open parts stand for is set in `parameters`. */
  find(path: string, parameters: URLSearchParams): readonly Endpoint[] {
    const plain = this.#plain.get(path);
    if (plain !== undefined) return plain;
    const given = path.split('/');
    for (const { parts, endpoints } of this.#open.values()) {
      if (parts.length !== given.length) continue;
      if (!parts.every((part, i) => (part.startsWith(':') ? given[i] !== '' : part === given[i]))) continue;
      for (const [i, part] of parts.entries())
        if (part.startsWith(':')) parameters.set(part.slice(1), given[i]!);
      return endpoints;
    }
    return NONE;
  }
}
