import type { BudgetsInput } from 'routemeter/budgets';
import { LiveError } from './errors.ts';
import { type ForwardAddress, forwardAddress } from './forward/address.ts';
import { RULES, type RulesOption } from './ingest/rules.ts';
import { flag, text, whole } from './options/check.ts';
import { type StoreOptions, storeSettings } from './options/store.ts';
import { bucketSettings, unitSettings } from './options/units.ts';
import { type WriteOptions, type WriteSettings, writeSettings } from './options/write.ts';
import type { PromqlStoreOptions } from './store/promql/promql.ts';
import { pageToken, profileTokenOf } from './token.ts';
import type { Unit } from './units.ts';

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
  /**
   * By which applications that this server did not start let it take profiles: 16 to 512 characters. They have
   * the same as `profileToken`. Default none: only the application that it runs is profiled.
   */
  profileToken?: string;
  /** A file that holds that token, read at the start. Default none. */
  profileTokenFile?: string;
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
  /** Path of a Unix datagram socket to listen on too, where the package `unix-dgram` is installed. Default none. */
  unixDatagram?: string;
  /**
   * Where every line is sent on to: `udp://HOST:PORT`, `tcp://HOST:PORT` or `unixstream:///PATH`, one or several.
   * Lines go in datagrams of 1432 bytes or frames of 8192 unless `?size=` says otherwise. Default none.
   */
  forward?: string | readonly string[];
  /**
   * Whose rules lines are read by where they differ: `datadog`, `etsy`, or `auto`, which goes by what lines tell.
   * Default `auto`.
   */
  rules?: RulesOption;
  /** Units of metrics where the type does not tell, such as `{ 'api.request': 's' }`. Default none. */
  units?: Readonly<Record<string, Unit>>;
  /**
   * Upper bounds of buckets for a unit or for one metric, such as `{ bytes: [1000, 1_000_000] }`. Default: bounds
   * of their unit, see `docs/api.md`.
   */
  buckets?: Readonly<Record<string, readonly number[]>>;
  /** Names of metrics that measure requests, beside those that are recognised. Default none. */
  routes?: readonly string[];
  /** Called with every line, as it was read. Default none. */
  onLine?: (line: Record<string, unknown>) => void;
  /** A file with budgets, or budgets themselves; see `docs/budgets.md`. Default none. */
  budgets?: string | BudgetsInput;
  /** Shell command that is run when a budget is exceeded, and when it is kept again. Default none. */
  onBreach?: string;
  /**
   * Whether a profile of ten seconds is taken when a budget of CPU is exceeded, at most one in a minute; its start
   * holds the application's event loop. Default false.
   */
  profileOnBreach?: boolean;
  /** `http://` or `https://` address that the same is posted to as JSON. Default none. */
  webhook?: string;
  /** The command that is being watched, for the page to show. Default none. */
  command?: string;
  /** Unix ms; for tests. Default `Date.now`. */
  clock?: () => number;
}

type Optional =
  | 'unix'
  | 'unixDatagram'
  | 'forward'
  | 'units'
  | 'buckets'
  | 'onLine'
  | 'command'
  | 'budgets'
  | 'onBreach'
  | 'webhook'
  | 'token'
  | 'tokenFile'
  | 'profileToken'
  | 'profileTokenFile';

export interface Settings
  extends Omit<Required<LiveOptions>, Optional | keyof WriteOptions | keyof StoreOptions> {
  write: WriteSettings | undefined;
  budgets: LiveOptions['budgets'] | undefined;
  onBreach: string | undefined;
  webhook: string | undefined;
  token: string | undefined;
  profileToken: string | undefined;
  unix: string | undefined;
  unixDatagram: string | undefined;
  forward: readonly ForwardAddress[];
  units: ReadonlyMap<string, Unit>;
  buckets: ReadonlyMap<string, readonly number[]>;
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
    token: pageToken(options, host),
    profileToken: profileTokenOf(options),
    port: whole('port', options.port ?? 8127, 0, 65_535),
    statsdPort: whole('statsdPort', options.statsdPort ?? 8125, 0, 65_535),
    unix: options.unix === undefined ? undefined : text('unix', options.unix),
    retention: whole('retention', options.retention ?? 3600, 10, 604_800),
    maxSeries: whole('maxSeries', options.maxSeries ?? 5000, 1, 1_000_000),
    unixDatagram: options.unixDatagram === undefined ? undefined : text('unixDatagram', options.unixDatagram),
    forward: [options.forward ?? []].flat().map(forwardAddress),
    rules: rulesOf(options.rules ?? 'auto'),
    units: unitSettings(options.units ?? {}),
    buckets: bucketSettings(options.buckets ?? {}),
    write: writeSettings(options),
    routes: (options.routes ?? []).map((name) => text('routes', name)),
    onLine: options.onLine,
    budgets: typeof options.budgets === 'string' ? text('budgets', options.budgets) : options.budgets,
    profileOnBreach: profileOnBreachOf(options),
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

function profileOnBreachOf(options: LiveOptions): boolean {
  const isWanted = flag('profileOnBreach', options.profileOnBreach ?? false);
  if (isWanted) needBudgets('profileOnBreach', options);
  return isWanted;
}

function withBudgets(name: string, value: string, options: LiveOptions): string {
  needBudgets(name, options);
  return text(name, value);
}

/** Nothing is ever exceeded without a budget. */
function needBudgets(name: string, { budgets }: LiveOptions): void {
  if (budgets !== undefined) return;
  throw new LiveError('BAD_OPTION', `${name}: there are no budgets to exceed; give them with --budgets FILE`);
}

function webAddress(value: string): string {
  if (URL.canParse(value) && /^https?:$/.test(new URL(value).protocol)) return value;
  throw new LiveError(
    'BAD_OPTION',
    `webhook: ${value} is not an address such as http://127.0.0.1:9000/alert`,
  );
}

function rulesOf(value: RulesOption): RulesOption {
  if (RULES.includes(value)) return value;
  throw new LiveError('BAD_OPTION', `rules: ${JSON.stringify(value)} is not one of ${RULES.join(', ')}`);
}
