import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { blocks } from './blocks.ts';
import { budgets } from './budgets.ts';
import { type ApiContext, ApiError, type Endpoint } from './endpoint.ts';
import { Gate } from './gate.ts';
import { livez, readyz } from './health.ts';
import { hostCheck, isForeign } from './hosts.ts';
import { metrics } from './metrics.ts';
import { pageFiles } from './page.ts';
import { prometheus } from './prometheus.ts';
import { query } from './query.ts';
import { raw } from './raw.ts';
import { reset } from './reset.ts';
import { routes } from './routes.ts';
import { stats } from './stats.ts';
import type { Streams } from './stream.ts';

/** Every endpoint but the stream, which has open connections of its own. */
export const ENDPOINTS: readonly Endpoint[] = [
  livez,
  readyz,
  routes,
  blocks,
  budgets,
  metrics,
  query,
  raw,
  stats,
  reset,
  prometheus,
];

const MAX_BODY = 64 * 1024;
const JSON_TYPE = 'application/json; charset=utf-8';

const HEADERS = {
  'content-security-policy':
    "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
} as const;

export interface ApiOptions {
  host: string;
  pageFolder: string;
  streams: Streams;
}

/** Answers the API and the page on one server. */
export function createApi(context: ApiContext, options: ApiOptions): RequestListener {
  const isAllowedHost = hostCheck(options.host);
  const page = pageFiles(options.pageFolder);
  const gate = new Gate();
  const endpoints = new Map<string, Endpoint>();
  for (const endpoint of [...ENDPOINTS, options.streams.endpoint]) endpoints.set(endpoint.path, endpoint);

  async function answer(req: IncomingMessage, res: ServerResponse): Promise<void> {
    for (const [name, value] of Object.entries(HEADERS)) res.setHeader(name, value);
    if (!isAllowedHost(req.headers.host)) {
      throw new ApiError(
        403,
        'FOREIGN_HOST',
        'this Host is not served; use the address the server printed, or --host',
      );
    }
    if (isForeign(req.headers)) {
      throw new ApiError(403, 'FOREIGN_ORIGIN', 'other pages may link to this server, and nothing else');
    }
    const target = req.url ?? '/';
    const cut = target.indexOf('?');
    const path = cut < 0 ? target : target.slice(0, cut);
    const endpoint = endpoints.get(path);
    const isRead = req.method === 'GET' || req.method === 'HEAD';
    if (endpoint === undefined) {
      const notFound = () => fail(res, new ApiError(404, 'NOT_FOUND', `there is nothing at ${path}`));
      if (!isRead || path.startsWith('/api/')) notFound();
      else page(req, res, notFound);
      return;
    }
    if (endpoint.method === 'GET' ? !isRead : req.method !== endpoint.method) {
      res.setHeader('allow', endpoint.method);
      throw new ApiError(405, 'WRONG_METHOD', `${path} answers ${endpoint.method} only`);
    }
    const parameters = new URLSearchParams(cut < 0 ? '' : target.slice(cut + 1));
    const exchange = { req, res };
    const ask = () => endpoint.handle(parameters, context, exchange);
    const body = await (endpoint.isLight === true ? ask() : gate.run(exchange, ask));
    if (body === undefined) return;
    if (endpoint.type === undefined) gate.send(exchange, JSON_TYPE, JSON.stringify(body));
    else gate.send(exchange, endpoint.type, String(body));
  }

  return (req, res) => {
    // No endpoint reads a body: one that comes is let through to nowhere, and an endless one is cut off.
    let taken = 0;
    req.on('data', (chunk: Buffer) => {
      taken += chunk.length;
      if (taken > MAX_BODY) req.destroy();
    });
    answer(req, res).catch((error: unknown) => fail(res, error));
  };
}

function fail(res: ServerResponse, error: unknown): void {
  if (res.headersSent) {
    res.destroy();
    return;
  }
  const known = error instanceof ApiError ? error : new ApiError(500, 'INTERNAL', String(error));
  res.writeHead(known.status, { 'content-type': JSON_TYPE, 'cache-control': 'no-store' });
  res.end(JSON.stringify({ error: { code: known.code, message: known.message } }));
}
