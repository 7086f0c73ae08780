import { computed, signal } from '@preact/signals';

/**
 * Where the page is: a view and the state in its query string, as one signal. The views need
 * nothing more of a router, and every state that matters can be sent to somebody as a link.
 */
export type View = 'routes' | 'route' | 'upstreams' | 'profile' | 'metrics' | 'runtime' | 'events' | 'raw';

/** `/metrics` itself is the server's Prometheus endpoint. */
const PATHS: Record<View, string> = {
  routes: '',
  route: 'route',
  upstreams: 'upstreams',
  profile: 'profile',
  metrics: 'metrics-explorer',
  runtime: 'runtime',
  events: 'events',
  raw: 'raw',
};

/** State that goes along from view to view. */
const CARRIED = ['window', 'host'];

export interface Place {
  view: View | null;
  query: URLSearchParams;
}

/** Several values stand under one name several times. */
export type Patch = Record<string, string | readonly string[] | null>;

export function parsePlace(url: URL): Place {
  const leaf = url.pathname.slice(url.pathname.lastIndexOf('/') + 1);
  const found = (Object.keys(PATHS) as View[]).find((view) => PATHS[view] === leaf);
  return { view: found ?? (leaf === 'index.html' ? 'routes' : null), query: url.searchParams };
}

export const place = signal<Place>(parsePlace(new URL(location.href)));

/** One parameter of the query string, empty when absent. */
export function parameter(name: string) {
  return computed(() => place.value.query.get(name) ?? '');
}

function patched(query: URLSearchParams, patch: Patch): URLSearchParams {
  for (const [key, value] of Object.entries(patch)) {
    query.delete(key);
    for (const one of typeof value === 'string' ? [value] : (value ?? [])) if (one) query.append(key, one);
  }
  return query;
}

function carried(): URLSearchParams {
  const query = new URLSearchParams();
  for (const key of CARRIED) {
    const value = place.value.query.get(key);
    if (value) query.set(key, value);
  }
  return query;
}

const withQuery = (path: string, query: URLSearchParams) =>
  query.size > 0 ? `${path || './'}?${query}` : path || './';

/** The link to a view, with the state that goes along. */
export function linkTo(view: View, state: Patch = {}): string {
  return withQuery(PATHS[view], patched(carried(), state));
}

export function go(link: string): void {
  const from = place.value.view;
  history.pushState(null, '', link);
  arrive();
  // Another choice in the same view leaves everything where it is.
  if (place.value.view !== from) scrollTo(0, 0);
}

/** Changes state in place: no step in the history, so that Back leaves the view. */
export function amend(patch: Patch): void {
  const { pathname } = location;
  const query = patched(new URLSearchParams(place.value.query), patch);
  history.replaceState(null, '', withQuery(pathname, query));
  arrive();
}

function arrive(): void {
  place.value = parsePlace(new URL(location.href));
}

/** Follows plain clicks on links to views without loading the page again. */
export function followLinks(): () => void {
  const click = (event: MouseEvent) => {
    if (event.defaultPrevented || event.button !== 0) return;
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const anchor = (event.target as Element).closest?.('a[data-view]');
    const link = anchor?.getAttribute('href');
    if (!link) return;
    event.preventDefault();
    go(link);
  };
  document.addEventListener('click', click);
  window.addEventListener('popstate', arrive);
  return () => {
    document.removeEventListener('click', click);
    window.removeEventListener('popstate', arrive);
  };
}
