/** Prefixes that one layer remembers; beyond, names are put together anew each time. */
const REMEMBERED = 1000;

/** What one registered path adds to the templates of what stands above it. */
export class Template {
  private readonly part: string;
  private readonly join: (prefix: string, part: string) => string;
  private prefix: string | null = null;
  private joined = '';
  private others: Map<string, string> | null = null;

  constructor(path: string | RegExp, join: (prefix: string, part: string) => string) {
    this.part = path instanceof RegExp ? path.source : String(path);
    this.join = join;
  }

  /** The template below `prefix`. Nearly always the same string as the last time. */
  below(prefix: string): string {
    if (this.prefix === prefix) return this.joined;
    if (this.prefix !== null) return this.another(prefix);
    this.prefix = prefix;
    this.joined = this.join(prefix, this.part);
    return this.joined;
  }

  private another(prefix: string): string {
    this.others ??= new Map();
    let joined = this.others.get(prefix);
    if (joined === undefined) {
      joined = this.join(prefix, this.part);
      if (this.others.size < REMEMBERED) this.others.set(prefix, joined);
    }
    return joined;
  }
}

/** The prefix of what is mounted: no slash at its end, so that the next part begins with one. */
export function joinMount(prefix: string, part: string): string {
  return joinPath(prefix, part.endsWith('/') && !part.endsWith('\\/') ? part.slice(0, -1) : part);
}

/** The name of a route: a router's own root is its mount. */
export function joinRoute(prefix: string, part: string): string {
  if (part === '/' || part === '') return prefix === '' ? '/' : prefix;
  return joinPath(prefix, part);
}

function joinPath(prefix: string, part: string): string {
  // `*` below a mount; the source of a regular expression begins with `^` and its own slash.
  const bare = prefix !== '' && /^[\w*:{(]/.test(part);
  return bare ? `${prefix}/${part}` : prefix + part;
}
