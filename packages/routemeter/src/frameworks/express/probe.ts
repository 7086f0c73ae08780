import { joinMount, Template } from '../template.ts';
import type { ExpressRequest, Layer, Place } from './layer.ts';

/** Stands where the framework no longer knows a regular expression. */
const UNKNOWN = '(regexp)';
/** A value that no application has as the fixed text of a path. */
const NONCE = 'zq9xzq9x';

type Match = { path: string; params: Record<string, unknown> } | false;

/**
 * A mount of `router` 2.0 to 2.2 made before we were there: only functions are left that match. They
 * are asked with the path at hand and variations of it which parts are fixed and which parameters.
 * Each element is asked once; what it answers holds nothing of the values of that path.
 */
export class ProbedMount implements Place {
  readonly isRoute = false;
  private readonly matchers: ReadonlyArray<(path: string) => Match>;
  private readonly templates: Array<Template | undefined> = [];

  constructor(matchers: ReadonlyArray<(path: string) => unknown>) {
    this.matchers = matchers as ReadonlyArray<(path: string) => Match>;
  }

  template(prefix: string, request: ExpressRequest): string {
    const path = request._parsedUrl?.pathname ?? '';
    const index = Math.max(
      this.matchers.findIndex((match) => matches(match, path)),
      0,
    );
    this.templates[index] ??= new Template(probe(this.matchers[index]!, path), joinMount);
    return this.templates[index].below(prefix);
  }
}

function matches(match: (path: string) => Match, path: string): Match {
  try {
    return match(path);
  } catch {
    return false;
  }
}

function probe(match: (path: string) => Match, path: string): string {
  const found = matches(match, path);
  if (found === false) return UNKNOWN;
  const segments = found.path.split('/');
  const names: Array<string | null> = segments.map(() => null);
  for (const name of Object.keys(found.params)) {
    const at = segments.findIndex((_, index) => {
      const answer = matches(match, segments.with(index, NONCE).join('/'));
      return answer !== false && answer.params[name] === NONCE;
    });
    if (at === -1 || /^\d+$/.test(name)) return UNKNOWN;
    names[at] = name;
  }
  const fixed = (index: number): boolean =>
    !matches(match, segments.with(index, NONCE).join('/')) && isLiteral(match, segments, index);
  if (!segments.every((segment, index) => segment === '' || names[index] !== null || fixed(index)))
    return UNKNOWN;
  // Lower case, as the router compares by default: a client's own spelling must not become a name.
  return segments
    .map((segment, index) => (names[index] === null ? segment.toLowerCase() : `:${names[index]}`))
    .join('/');
}

/** Whether no other character would do anywhere in a segment: `\d` is not a text. */
function isLiteral(match: (path: string) => Match, segments: readonly string[], index: number): boolean {
  const segment = segments[index]!;
  for (let at = 0; at < segment.length; at++) {
    for (const other of ['0', '7', 'k', 'w', '-']) {
      if (segment[at]!.toLowerCase() === other) continue;
      const changed = segment.slice(0, at) + other + segment.slice(at + 1);
      if (matches(match, segments.with(index, changed).join('/'))) return false;
    }
  }
  return !matches(match, segments.with(index, `${segment}7`).join('/'));
}

const MOUNT_END = '\\/?(?=\\/|$)';

/** The path or paths of a mount of Express 4 that was made before we were there, from the expression it became. */
export function guessMount(layer: Layer): string | RegExp | Array<string | RegExp> {
  const { regexp, keys = [] } = layer;
  if (regexp === undefined || regexp.fast_slash === true) return '/';
  const pieces = regexp.source.split(/\|(?=\^)/);
  if (!pieces.every((piece) => piece.startsWith('^') && piece.endsWith(MOUNT_END))) return regexp;
  let used = 0;
  const paths = pieces.map((piece) => {
    const [path, next] = pathOf(piece.slice(1, -MOUNT_END.length), keys, used);
    used = next;
    return path;
  });
  return paths.length === 1 ? paths[0]! : paths;
}

/** Turns an expression back into the path that path-to-regexp 0.1 made it of. */
function pathOf(
  source: string,
  keys: NonNullable<Layer['keys']>,
  first: number,
): [path: string, nextKey: number] {
  let path = '';
  let key = first;
  let at = 0;
  while (at < source.length) {
    if (source[at] === '\\') {
      path += '/.'.includes(source[at + 1]!) ? source[at + 1] : source.slice(at, at + 2);
      at += 2;
    } else if (source[at] === '(') {
      const end = closing(source, at);
      const group = source.slice(at, end);
      const optional = source[end] === '?' ? '?' : '';
      const named = /^\(\?:(\\\.)?(\\?\/)?(\(.*\))\)$/s.exec(group);
      if (named !== null) {
        const [, dot, slash, capture] = named;
        const plain = capture!.startsWith('([^') || capture!.startsWith('((?:(?!');
        path += `${slash ? '/' : ''}${dot ? '.' : ''}:${String(keys[key++]?.name)}${plain ? '' : capture}${optional}`;
      } else {
        key += group.startsWith('(?') ? 0 : 1;
        path += group === '(.*)' ? '*' : group + optional;
      }
      at = end + optional.length;
    } else {
      path += source[at++];
    }
  }
  return [path, key];
}

function closing(source: string, open: number): number {
  let depth = 0;
  for (let at = open; at < source.length; at++) {
    if (source[at] === '\\') at++;
    else if (source[at] === '(') depth++;
    else if (source[at] === ')' && --depth === 0) return at + 1;
  }
  return source.length;
}
