import { validateHeaderName, validateHeaderValue } from 'node:http';
import { hostname } from 'node:os';
import type { BudgetsInput } from 'routemeter/budgets';
import { LiveError } from './errors.ts';
import type { PromqlStoreOptions } from './store/promql/promql.ts';
import { tokenOf } from './token.ts';
import { HISTOGRAMS, type HistogramName } from './write/histograms/kind.ts';
import { cut, isReserved, labelOf } from './write/labels.ts';
import { addressOf } from './write/target/address.ts';
import type { WriterTuning } from './write/writer.ts';

/** Options of `createLiveServer`; each has its flag and `ROUTEMETER_LIVE_*` variable on the command line. */
export interface LiveOptions {
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
  /**
   * Prometheus-compatible engine that everything is written to every 10 s, as `http://127.0.0.1:8428`, or its
   * full address for remote write; see `docs/fleet.md`. Default none.
   */
  write?: string;
  /** How distributions are written. Default `auto`: the target is asked what it takes best. */
  writeHistograms?: HistogramName | 'auto';
  /** Labels of every series written, such as `{ service: 'shop' }`. `host` is `os.hostname()` unless given. */
  writeLabels?: Readonly<Record<string, string>>;
  /** Headers of every request of `write`, such as `{ 'X-Scope-OrgID': 'team' }`. Default none. */
  writeHeaders?: Readonly<Record<string, string>>;
  /** @internal Shorter times, for tests. */
  writeTuning?: WriterTuning;
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
  /**
   * Base of the query API of a Prometheus-compatible engine, such as `http://vm:8428`: the page, the API and
   * budgets then show what the collectors of a fleet wrote there, instead of what came to this process. User
   * and password in it are sent as basic authentication. Default none.
   */
  store?: string;
  /** Headers of every request of `store`, such as `{ 'X-Scope-OrgID': 'team' }`. Default none. */
  storeHeaders?: Readonly<Record<string, string>>;
  /** @internal Shorter times, and an engine that is shared, for tests. */
  storeTuning?: Pick<PromqlStoreOptions, 'slotMs' | 'lagMs' | 'timeoutMs' | 'where'>;
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
type OfWriting = 'write' | 'writeHistograms' | 'writeLabels' | 'writeHeaders' | 'writeTuning';
type OfStore = 'store' | 'storeHeaders' | 'storeTuning';

export interface WriteSettings {
  url: string;
  histograms: HistogramName | 'auto';
  labels: ReadonlyMap<string, string>;
  headers: Readonly<Record<string, string>>;
  tuning: WriterTuning;
}

export interface Settings extends Omit<Required<LiveOptions>, Optional | OfWriting | OfStore> {
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

function whole(name: string, value: number, min: number, max: number): number {
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  throw new LiveError('BAD_OPTION', `${name}: ${value} is not a whole number from ${min} to ${max}`);
}

function text(name: string, value: string): string {
  if (typeof value === 'string' && value !== '') return value;
  throw new LiveError(
    'BAD_OPTION',
    `${name}: ${JSON.stringify(value)} is empty; give a value or leave it out`,
  );
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

/** The address is not shown where it is wrong: it may hold a password. */
function storeSettings(options: LiveOptions): PromqlStoreOptions | undefined {
  const { store, storeHeaders, storeTuning = {} } = options;
  if (store === undefined) {
    if (storeHeaders === undefined) return undefined;
    throw new LiveError('BAD_OPTION', 'storeHeaders: nothing is asked; give an address with --store URL');
  }
  const url = URL.canParse(store) ? new URL(store) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    const shown = store.replace(/\/\/.*@/, '//');
    throw new LiveError('BAD_OPTION', `store: ${shown} is not an address such as http://127.0.0.1:8428`);
  }
  const headers = storeHeaders ?? {};
  const hasAuthorization = url.username !== '' || url.password !== '';
  for (const [name, value] of Object.entries(headers)) {
    checkHeader('store', { name, value }, hasAuthorization);
  }
  return { ...storeTuning, url, headers };
}

function writeSettings(options: LiveOptions): WriteSettings | undefined {
  const { write, writeHistograms, writeLabels, writeHeaders, writeTuning = {} } = options;
  if (write === undefined) {
    const useless = Object.entries({ writeHistograms, writeLabels, writeHeaders }).find(
      ([, value]) => value !== undefined,
    );
    if (useless === undefined) return undefined;
    throw new LiveError('BAD_OPTION', `${useless[0]}: nothing is written; give an address with --write URL`);
  }
  const { authorization } = addressOf(text('write', write));
  const histograms = writeHistograms ?? 'auto';
  if (histograms !== 'auto' && !HISTOGRAMS.includes(histograms)) {
    throw new LiveError(
      'BAD_OPTION',
      `writeHistograms: ${JSON.stringify(histograms)} is not one of auto, ${HISTOGRAMS.join(', ')}`,
    );
  }
  const headers = writeHeaders ?? {};
  for (const [name, value] of Object.entries(headers)) {
    checkHeader('write', { name, value }, authorization !== undefined);
  }
  return { url: write, histograms, labels: fixedLabels(writeLabels ?? {}), headers, tuning: writeTuning };
}

function fixedLabels(given: Readonly<Record<string, string>>): Map<string, string> {
  const labels = new Map([['host', cut(hostname() || 'localhost')]]);
  for (const [name, value] of Object.entries(given)) {
    if (isReserved(name) || labelOf(name) !== name || name === '') {
      const why = isReserved(name) ? 'is given by the writer itself' : 'is not letters, digits and _';
      throw new LiveError('BAD_OPTION', `writeLabels: ${JSON.stringify(name)} ${why}; choose another name`);
    }
    labels.set(name, cut(text(`writeLabels: ${name}`, value)));
  }
  if (labels.size <= MAX_LABELS) return labels;
  throw new LiveError(
    'BAD_OPTION',
    `writeLabels: ${labels.size} labels are more than ${MAX_LABELS}, host included`,
  );
}

/** Engines take 30 for a series, and those of the samples' tags come on top. */
const MAX_LABELS = 5;
/** Those that remote write itself gives. */
const OWN_HEADERS =
  /^(?:content-.*|x-prometheus-remote-write-version|host|connection|transfer-encoding|expect)$/i;

function checkHeader(
  option: 'write' | 'store',
  { name, value }: { name: string; value: string },
  hasAuthorization: boolean,
): void {
  const what = `${option}Headers`;
  try {
    validateHeaderName(name);
    validateHeaderValue(name, value);
  } catch {
    // The value can be a secret.
    throw new LiveError('BAD_OPTION', `${what}: ${JSON.stringify(name)} is no header with a value`);
  }
  if (OWN_HEADERS.test(name)) {
    throw new LiveError('BAD_OPTION', `${what}: ${name} is given by routemeter-live itself; leave it out`);
  }
  if (hasAuthorization && /^authorization$/i.test(name)) {
    throw new LiveError(
      'BAD_OPTION',
      `${what}: Authorization is given twice; leave it out, or the user and password of --${option}`,
    );
  }
}
