import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { ProfileError } from '../profiles/error.ts';
import { StoreError } from '../store/error.ts';
import type { Access } from './access.ts';
import { blocks } from './blocks.ts';
import { budgets } from './budgets.ts';
import { calls } from './calls.ts';
import { delays } from './delays.ts';
import { type ApiContext, ApiError, type Endpoint, type Exchange, Sent } from './endpoint.ts';
import { Gate } from './gate.ts';
import { livez, readyz } from './health.ts';
import { hostCheck, isForeign } from './host-check.ts';
import { hosts } from './hosts.ts';
import { metrics } from './metrics.ts';
import { notices } from './notices.ts';
import { pageFiles } from './page.ts';
import { Paths } from './paths.ts';
import {
  listProfiles,
  oneProfile,
  profileFile,
  profileFlame,
  profileFolded,
  startProfile,
  stopProfile,
} from './profiles.ts';
import { prometheus } from './prometheus.ts';
import { query } from './query.ts';
import { raw } from './raw.ts';
import { rejected } from './rejected.ts';
import { reset } from './reset.ts';
import { routes } from './routes.ts';
import { stats } from './stats.ts';
import type { Streams } from './stream.ts';
import { tags } from './tags.ts';
import { units } from './units.ts';
import { upstreams } from './upstreams.ts';

/** Every endpoint but the stream, which has open connections of its own. */
export const ENDPOINTS: readonly Endpoint[] = [
  livez,
  readyz,
  routes,
  blocks,
  calls,
  delays,
  upstreams,
  hosts,
  tags,
  budgets,
  metrics,
  query,
  raw,
  rejected,
  notices,
  stats,
  units,
  reset,
  prometheus,
  listProfiles,
  startProfile,
  oneProfile,
  stopProfile,
  profileFlame,
  profileFile,
  profileFolded,
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
  /** Names of proxies in front of it. */
  allowHost: readonly string[];
  access: Access;
  pageFolder: string;
  streams: Streams;
}

/** Answers the API and the page on one server. */
export function createApi(context: ApiContext, options: ApiOptions): RequestListener {
  const { access } = options;
  const isAllowedHost = hostCheck(options.host, options.allowHost);
  const page = pageFiles(options.pageFolder);
  const gate = new Gate();
  const paths = new Paths([...ENDPOINTS, options.streams.endpoint]);

  async function answer(req: IncomingMessage, res: ServerResponse, body: Exchange['body']): Promise<void> {
    for (const [name, value] of Object.entries(HEADERS)) res.setHeader(name, value);
    if (!isAllowedHost(req.headers.host)) {
      throw new ApiError(
        403,
        'FOREIGN_HOST',
        'this Host is not served; use the address the server printed, or name it with --allow-host',
      );
    }
    if (isForeign(req.headers)) {
      throw new ApiError(403, 'FOREIGN_ORIGIN', 'other pages may link to this server, and nothing else');
    }
    const target = req.url ?? '/';
    const cut = target.indexOf('?');
    const path = cut < 0 ? target : target.slice(0, cut);
    const parameters = new URLSearchParams(cut < 0 ? '' : target.slice(cut + 1));
    const isRead = req.method === 'GET' || req.method === 'HEAD';
    const method = isRead ? 'GET' : req.method;
    const found = paths.find(path, parameters);
    const endpoint = found.find((one) => one.method === method) ?? found[0];
    // The page's own files are the same everywhere; what was measured is not.
    const isOpen = endpoint === undefined ? !path.startsWith('/api/') : endpoint.isOpen === true;
    if (!isOpen) access.check(req, res);
    if (endpoint === undefined) {
      const notFound = () => fail(res, new ApiError(404, 'NOT_FOUND', `there is nothing at ${path}`));
      if (!isRead || !isOpen) notFound();
      else if (!access.enter(path, parameters, req, res)) page(req, res, notFound);
      return;
    }
    if (endpoint.method !== method) {
      const methods = found.map((one) => one.method);
      res.setHeader('allow', methods.join(', '));
      throw new ApiError(405, 'WRONG_METHOD', `${path} answers ${methods.join(' and ')} only`);
    }
    const exchange = { req, res, body };
    const ask = () => endpoint.handle(parameters, context, exchange);
    const told = await (endpoint.isLight === true ? ask() : gate.run(exchange, ask));
    if (told === undefined) return;
    if (told instanceof Sent) gate.send(exchange, told.type, told.body);
    else gate.send(exchange, JSON_TYPE, Buffer.from(JSON.stringify(told)));
  }

  return (req, res) => {
    // Whether an endpoint reads it or not: a body is taken, and an endless one is cut off.
    const body = bodyOf(req);
    answer(req, res, () => body).catch((error: unknown) => fail(res, error));
  };
}

function bodyOf(req: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let taken = 0;
  return new Promise((resolve) => {
    req.on('data', (chunk: Buffer) => {
      taken += chunk.length;
      if (taken > MAX_BODY) req.destroy();
      else chunks.push(chunk);
    });
    // Cut off, it is no JSON either.
    req.on('close', () => resolve(Buffer.concat(chunks).toString()));
    req.on('end', () => resolve(Buffer.concat(chunks).toString()));
  });
}

function fail(res: ServerResponse, error: unknown): void {
  if (res.headersSent) {
    res.destroy();
    return;
  }
  const known = knownOf(error);
  // Whoever guesses needs a new connection for each guess, of which there is a bound.
  if (known.status === 401) res.setHeader('connection', 'close');
  res.writeHead(known.status, { 'content-type': JSON_TYPE, 'cache-control': 'no-store' });
  res.end(JSON.stringify({ error: { code: known.code, message: known.message } }));
}

function knownOf(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  if (error instanceof ProfileError) {
    return new ApiError(error.code === 'NOT_FOUND' ? 404 : 409, error.code, error.message);
  }
  if (error instanceof StoreError) return new ApiError(502, error.code, error.message);
  return new ApiError(500, 'INTERNAL', String(error));
}
