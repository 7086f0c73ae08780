import type { BudgetsInput } from 'routemeter/budgets';
import { LiveError } from './errors.ts';
import { text, whole } from './options/check.ts';
import { type StoreOptions, storeSettings } from './options/store.ts';
import { type WriteOptions, type WriteSettings, writeSettings } from './options/write.ts';
import type { PromqlStoreOptions } from './store/promql/promql.ts';
import { tokenOf } from './token.ts';

/** Options of `createLiveServer`; each has its flag and `ROUTEMETER_LIVE_*` variable on the command line. */
export interface LiveOptions extends WriteOptions, StoreOptions {
  /**
   * Address of the page, the API and the StatsD sockets. Default `127.0.0.1`: nobody else can reach it. Any
   * other than a loopback needs a token.
   */
  host?: string;
  /** Address of the StatsD sockets, where it is another; StatsD has no tokens. Default `host`. */
  statsdHost?: string;
  /** Names beside `host` that requests may ask for: those of a proxy in front. Default none. */
  allowHost?: readonly string[];
  /**
   * What readers of `/api/*` and `/metrics` have to show: 16 to 512 characters. Default none, which is for
   * loopback alone.
   */
  token?: string;
  /** A file that holds the token, read at the start. Default none. */
  tokenFile?: string;
  /** Port of the page and the API. Default 8127; 0 takes a free one. */
  port?: number;
  /** Port of the StatsD sockets, UDP and TCP. Default 8125, where StatsD clients send to; 0 takes a free one. */
  statsdPort?: number;
  /** Path of a Unix stream socket to listen on too. Default none. */
  unix?: string;
  /** Seconds that samples are kept. Default 3600. */
  retention?: number;
  /** Series that are held apart; beyond it samples fold. Default 5000, which stays below 512 MB over an hour. */
  maxSeries?: number;
  /** `udp://host:port` that every payload is sent on to, unchanged. Default none. */
  forward?: string;
  /** Names of metrics that measure requests, beside those that are recognised. Default none. */
  routes?: readonly string[];
  /** Called with every line, as it was read. Default none. */
  onLine?: (line: Record<string, unknown>) => void;
  /** A file with budgets, or budgets themselves; see `docs/budgets.md`. Default none. */
  budgets?: string | BudgetsInput;
  /** Shell command that is run when a budget is exceeded, and when it is kept again. Default none. */
  onBreach?: string;
  /** `http://` or `https://` address that the same is posted to as JSON. Default none. */
  webhook?: string;
  /** The command that is being watched, for the page to show. Default none. */
  command?: string;
  /** Unix ms; for tests. Default `Date.now`. */
  clock?: () => number;
}

type Optional =
  | 'unix'
  | 'forward'
  | 'onLine'
  | 'command'
  | 'budgets'
  | 'onBreach'
  | 'webhook'
  | 'token'
  | 'tokenFile';

export interface Settings
  extends Omit<Required<LiveOptions>, Optional | keyof WriteOptions | keyof StoreOptions> {
  write: WriteSettings | undefined;
  budgets: LiveOptions['budgets'] | undefined;
  onBreach: string | undefined;
  webhook: string | undefined;
  token: string | undefined;
  unix: string | undefined;
  forward: { host: string; port: number } | undefined;
  onLine: LiveOptions['onLine'] | undefined;
  command: string | undefined;
  store: PromqlStoreOptions | undefined;
}

/** Fills in the defaults. Throws a `LiveError` with code `BAD_OPTION` for a value that makes no sense. */
export function settingsOf(options: LiveOptions): Settings {
  const host = text('host', options.host ?? '127.0.0.1');
  return {
    host,
    statsdHost: text('statsdHost', options.statsdHost ?? host),
    allowHost: (options.allowHost ?? []).map(hostName),
    token: tokenOf(options, host),
    port: whole('port', options.port ?? 8127, 0, 65_535),
    statsdPort: whole('statsdPort', options.statsdPort ?? 8125, 0, 65_535),
    unix: options.unix === undefined ? undefined : text('unix', options.unix),
    retention: whole('retention', options.retention ?? 3600, 10, 604_800),
    maxSeries: whole('maxSeries', options.maxSeries ?? 5000, 1, 1_000_000),
    forward: options.forward === undefined ? undefined : target(options.forward),
    write: writeSettings(options),
    routes: (options.routes ?? []).map((name) => text('routes', name)),
    onLine: options.onLine,
    budgets: typeof options.budgets === 'string' ? text('budgets', options.budgets) : options.budgets,
    onBreach: options.onBreach === undefined ? undefined : withBudgets('onBreach', options.onBreach, options),
    webhook:
      options.webhook === undefined
        ? undefined
        : webAddress(withBudgets('webhook', options.webhook, options)),
    command: options.command,
    store: storeSettings(options),
    clock: options.clock ?? Date.now,
  };
}

/** As it stands in a Host header, without the port. */
function hostName(value: string): string {
  if (/^[\w.-]+$|^\[?[0-9a-fA-F:.]+\]?$/.test(value)) return value.replace(/^\[|\]$/g, '');
  throw new LiveError(
    'BAD_OPTION',
    `allowHost: ${JSON.stringify(value)} is no name such as metrics.example.com, without scheme, port and path`,
  );
}

/** Nothing is ever exceeded without a budget. */
function withBudgets(name: string, value: string, { budgets }: LiveOptions): string {
  if (budgets !== undefined) return text(name, value);
  throw new LiveError('BAD_OPTION', `${name}: there are no budgets to exceed; give them with --budgets FILE`);
}

function webAddress(value: string): string {
  if (URL.canParse(value) && /^https?:$/.test(new URL(value).protocol)) return value;
  throw new LiveError(
    'BAD_OPTION',
    `webhook: ${value} is not an address such as http://127.0.0.1:9000/alert`,
  );
}

function target(value: string): { host: string; port: number } {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (url?.protocol !== 'udp:' || url.hostname === '') {
    throw new LiveError('BAD_OPTION', `forward: ${value} is not an address such as udp://127.0.0.1:8125`);
  }
  return { host: url.hostname.replace(/^\[|\]$/g, ''), port: url.port === '' ? 8125 : Number(url.port) };
}
