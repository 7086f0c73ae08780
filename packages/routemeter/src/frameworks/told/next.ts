import { isFile, STATIC, type Teller } from './teller.ts';

/** On requests: what Next.js knows of them. */
const META: unique symbol = Symbol.for('NextInternalRequestMeta') as never;

interface Meta {
  initURL?: unknown;
  /** The page or route handler that was found; of a page that could not be shown, the one that stands in for it. */
  match?: { definition?: { pathname?: unknown } };
  /** The page that the address led to, rewrites followed. */
  invokeOutput?: unknown;
  /** Asks the middleware alone. */
  middlewareInvoke?: unknown;
  invokePath?: unknown;
}

/** Pages that stand in for another one, or for none. */
const STAND_INS = new Set(['/_not-found', '/_not-found/page', '/404', '/500', '/_error', '/_global-error']);

/** Next.js 15 and 16: pages, route handlers, and data for pages by the page's name. */
export const next: Teller = {
  framework: 'next',
  route(request, _response, span) {
    const meta = (request as { [META]?: Meta })[META];
    if (meta?.initURL === undefined) return undefined;
    const page = pageOf(meta.match?.definition?.pathname) ?? pageOf(meta.invokeOutput);
    if (page !== null) return page;
    // Its own files and those of `public` are sent before anything is asked.
    const isAsked = meta.invokePath !== undefined || meta.middlewareInvoke === true;
    return !isAsked && isFile(request.method, span.status) ? STATIC : null;
  },
};

function pageOf(name: unknown): string | null {
  return typeof name === 'string' && name.startsWith('/') && !STAND_INS.has(name) ? name : null;
}
