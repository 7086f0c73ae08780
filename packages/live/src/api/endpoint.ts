import type { IncomingMessage, ServerResponse } from 'node:http';
import * as v from 'valibot';
import type { BudgetWatch } from '../budgets/watch.ts';
import type { Ingest } from '../ingest/ingest.ts';
import type { Profiles } from '../profiles/profiles.ts';
import type { Range, RouteTable } from '../routes/table.ts';
import type { Scrape } from '../scrape/families.ts';
import type { Stats } from '../stats.ts';
import type { Reader, Store } from '../store/store.ts';
import type { MetricUnits } from '../units.ts';

/** What the endpoints work on. */
export interface ApiContext {
  /** What is asked: this process's own samples, or those of a fleet. */
  store: Reader;
  /** What came to this process. */
  own: { store: Store; ingest: Ingest };
  routes: RouteTable;
  units: MetricUnits;
  profiles: Profiles;
  scrape: Scrape;
  /** Where the server was given budgets. */
  budgets?: BudgetWatch;
  clock: () => number;
  /** Seconds. */
  retention: number;
  /** The first message of a stream. */
  config: () => Record<string, unknown>;
  stats: () => Promise<Stats>;
  /** Undefined where the samples are not this process's to forget. */
  reset: (() => Promise<void>) | undefined;
}

/** One path of the API. */
export interface Endpoint {
  method: 'GET' | 'POST';
  /** Its parts that begin with a colon stand for anything, and come with the parameters. */
  path: string;
  /** Answers without the token, too; default no. */
  isOpen?: boolean;
  /** Costs next to nothing and is answered at once, however many others wait. */
  isLight?: true;
  /** Returns what is sent, as JSON unless it is a `Sent`; undefined when it has answered by itself. */
  handle(query: URLSearchParams, context: ApiContext, exchange: Exchange): Promise<unknown>;
}

export interface Exchange {
  req: IncomingMessage;
  res: ServerResponse;
  /** The text of the request's body, of at most 64 kB. */
  body(): Promise<string>;
}

/** An answer that is no JSON. */
export class Sent {
  readonly type: string;
  readonly body: Buffer;

  constructor(type: string, body: Buffer) {
    this.type = type;
    this.body = body;
  }
}

/** Answered as `{ error: { code, message } }`. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** Reads the parameters of a request; the first that is wrong becomes a 400 that names it. */
export function read<T extends v.GenericSchema>(schema: T, query: URLSearchParams): v.InferOutput<T> {
  const values: Record<string, string> = Object.create(null);
  for (const [key, value] of query) values[key] = value;
  const result = v.safeParse(schema, values);
  if (result.success) return result.output;
  const issue = result.issues[0];
  const name = v.getDotPath(issue) ?? 'query';
  const given = issue.input === undefined || issue.input === '' ? name : `${name}=${String(issue.input)}`;
  throw new ApiError(400, 'BAD_PARAMETER', `${given}: ${issue.message}`);
}

/** Text that must be there. */
export function needed(message: string) {
  return v.pipe(v.optional(v.string(), ''), v.minLength(1, message));
}

/** A whole number between two bounds, from a query parameter. */
export function whole(min: number, max: number, unit: string) {
  const message = `must be a whole number of ${unit} from ${min} to ${max}`;
  return v.pipe(
    v.string(message),
    v.regex(/^\d{1,15}$/, message),
    v.transform(Number),
    v.minValue(min, message),
    v.maxValue(max, message),
  );
}

/** Seconds; the store keeps no more than the retention, so a longer window shows what there is. */
export const window = v.optional(whole(1, 31_536_000, 'seconds'), '60');

/** Where a window ends; without it, now. */
export const end = v.optional(whole(0, 1e14, 'milliseconds since 1970'));

/** The time that a window covers, up to what the store knows of or to `end`. */
export function rangeOf({ store }: Pick<ApiContext, 'store'>, seconds: number, end?: number): Range {
  const { slotMs } = store;
  const now = store.until();
  const to = end ?? now;
  // The slot that is still open belongs to the window, and one that is over belongs to it as a whole.
  const over = (Math.floor(to / slotMs) + 1) * slotMs;
  const from = over - Math.ceil((seconds * 1000) / slotMs) * slotMs;
  const since = Math.max(from, store.since() ?? from);
  return { from, to, elapsed: Math.max(1, (Math.min(over, now + 1) - since) / 1000) };
}

/** One route, as `/api/routes` tells it, and a time. */
export const ONE_ROUTE = v.object({
  route: needed('is required, as in /api/routes'),
  method: v.pipe(needed('is required, as in /api/routes'), v.toUpperCase()),
  service: v.optional(v.string()),
  window,
  end,
});
