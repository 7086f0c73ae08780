import { currentUnit } from '../../meter/index.ts';
import { naming, type RequestSpan, requestOf } from '../../request/index.ts';
import { noteServer } from './files.ts';

/** A route of the router that matches an address: what was registered is its data. */
interface Match {
  params: unknown;
  data?: Registered;
}

interface Registered {
  pattern?: unknown;
  handler?: unknown;
}

/** What is used of a matcher of Remix 3, `@remix-run/route-pattern`. */
export interface RouteMatcher {
  matchAll(url: URL, ...more: unknown[]): Iterable<Match>;
}

/** On matchers, or their prototypes: followed, by whichever copy of the library came first. */
const FOLLOWED: unique symbol = Symbol.for('routemeter.v1.remix') as never;

/** The templates of what was registered. */
const templates = new WeakMap<object, string>();

/**
 * Names the request at work after the route that the router takes: it reads the parameters of the first match whose
 * method fits, and runs it. The matcher has returned by then.
 */
export function followMatches(matcher: RouteMatcher, entered?: (span: RequestSpan) => void): void {
  // The line is for one matcher; below it that of the preload does nothing more than it.
  if (Object.hasOwn(matcher, FOLLOWED)) return;
  Object.defineProperty(matcher, FOLLOWED, { value: true });
  const { matchAll: former } = matcher;
  matcher.matchAll = function (this: RouteMatcher, ...given) {
    const found = former.apply(this, given);
    const span = requestOf(currentUnit());
    if (span === null) return found;
    const matches = [...found];
    entered?.(span);
    noteServer(span);
    span.expectRoute();
    for (const match of matches) tellRead(match, span);
    return matches;
  };
}

/** Has a match tell when its parameters are read. */
function tellRead(match: Match, span: RequestSpan): void {
  const { params, data } = match;
  if (typeof data?.handler !== 'function' || data.pattern === undefined) return;
  Object.defineProperty(match, 'params', {
    configurable: true,
    enumerable: true,
    get() {
      span.setRoute(templateOf(data));
      naming().note('@remix-run/fetch-router');
      return params;
    },
  });
}

/** The path of a pattern, which can begin with a protocol and a host, and end with a search. */
function templateOf(data: Registered): string {
  let template = templates.get(data);
  if (template === undefined) {
    const path = String(data.pattern)
      .replace(/^[^/?]*:\/\/[^/]*/, '')
      .replace(/\?.*$/s, '');
    template = path.startsWith('/') ? path : `/${path}`;
    templates.set(data, template);
  }
  return template;
}

/** For the preload: all matchers of a copy of the package. */
export function hookMatchers(exports: unknown): void {
  const { ArrayMatcher, TrieMatcher } = exports as Record<string, { prototype: RouteMatcher } | undefined>;
  for (const one of [ArrayMatcher, TrieMatcher]) if (one !== undefined) followMatches(one.prototype);
}
