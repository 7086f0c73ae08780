import type { IncomingMessage, ServerResponse } from 'node:http';
import type { CallKind, DialectName, ServerName, TagInput, TimingType } from '../config/index.ts';
import type { ClientLike, NameFunction, Sink } from '../outputs/index.ts';

/**
 * Options of a meter. Each stands over its environment variable, which stands over the default.
 *
 * @example
 * createMeter({ prefix: 'myapp', tags: { app: 'myapp', stage: 'testing' } })
 */
export interface MeterOptions {
  /**
   * Where metrics go. Default `udp://127.0.0.1:8125`: an address, so nothing has to be looked up.
   * Also `tcp://HOST:PORT`, `unixstream:///PATH`, `unix:///PATH` (datagrams, through the optional package
   * unix-dgram; without it UDP to DD_AGENT_HOST, said aloud), `log:` (lines to stderr) and `null:`.
   * Environment: ROUTEMETER_URL, else DD_DOGSTATSD_URL, DD_AGENT_HOST + DD_DOGSTATSD_PORT, STATSD_HOST + STATSD_PORT.
   */
  url?: string | undefined;
  /** What stands at the other end; sets `dialect`, `pack` and `timings` together. Default `datadog`. ROUTEMETER_SERVER. */
  server?: ServerName | undefined;
  /** The wire format, where it should differ from what `server` means. */
  dialect?: DialectName | undefined;
  /** Whether several samples share a line, where it should differ from what `server` means. */
  pack?: boolean | undefined;
  /**
   * The type of Routemeter's own timings. Default `distribution` for `datadog`, so that percentiles
   * are right over many hosts, else `timing`. Never changes `meter.timing()`. ROUTEMETER_TIMINGS.
   */
  timings?: TimingType | undefined;
  /**
   * How metrics are called; several at once in an array. `tagged` (default): the canonical name,
   * everything else in tags, or in the name where the dialect has no tags. `per-view`:
   * `prefix.<view>` and `.cpu`, plus the roll-up `prefix.api.request`. `connect-datadog` and
   * `express-hot-shots`: as these packages call them. Or a function from
   * `{ metric, route, method, status, tags }` to one or several `{ name, tags }`.
   */
  names?: Names | NameFunction | ReadonlyArray<Names | NameFunction> | undefined;
  /** Stands before every name, with a dot between. Default none. ROUTEMETER_PREFIX. */
  prefix?: string | undefined;
  /** Tags of every metric, left out by the dialect `statsd`. ROUTEMETER_TAGS (`k:v,k:v`), DD_ENV, DD_SERVICE, DD_VERSION, DD_ENTITY_ID, DD_TAGS. */
  tags?: TagInput | undefined;
  /**
   * `auto` (default: all exact, and in slices of time where that would take more than `cpuCeiling`), `off`, or the
   * fraction of requests to measure, 1 for all of them at any cost; sent with its rate. ROUTEMETER_CPU.
   */
  cpu?: 'auto' | 'off' | number | undefined;
  /** Of `cpu: 'auto'`: the share of the event loop's time that the measuring may take, 0.001 to 1. Default 0.03, and 1 for `statsd` and `graphite`, whose servers average timings with a rate wrongly. ROUTEMETER_CPU_CEILING. */
  cpuCeiling?: number | undefined;
  /** Sends the loop split too. Default `false`: two more metrics per route cost money. ROUTEMETER_BREAKDOWN. */
  breakdown?: boolean | undefined;
  /**
   * Tags requests and their blocks with the server that took them: `server_address` and `server_port`, as
   * it listens. For processes with several servers. Default `false`, since each server multiplies the
   * series; the page of routemeter-live gets them always. ROUTEMETER_SERVER_TAGS.
   */
  serverTags?: boolean | undefined;
  /** The share of requests, blocks and plain samples to record, sent with its rate; gauges and sets always. Default 1. */
  sampleRate?: number | undefined;
  /** Series that this process may have. Default 2000, of which user tags can take three quarters. ROUTEMETER_MAX_SERIES. */
  maxSeries?: number | undefined;
  /** How often what waits is sent, in ms. Default 1000; a full payload leaves at once. ROUTEMETER_FLUSH_MS. */
  flushMs?: number | undefined;
  /** Bytes of a payload. Default 1432 on UDP: one Ethernet frame; 8192 on Unix sockets and TCP. ROUTEMETER_MAX_PAYLOAD. */
  maxPayload?: number | undefined;
  /** How long an exit may wait for a stream that is not ready, in ms. Default 100. */
  exitWaitMs?: number | undefined;
  /** Route templates that are not measured, such as `/healthz`. Default none. ROUTEMETER_IGNORE. */
  ignore?: readonly string[] | undefined;
  /** Methods beside the standard ones that keep their name; all others read `other`. Default none. */
  methods?: readonly string[] | undefined;
  /** Further tags of a request, asked once when it ends. What it throws is contained and reported once. */
  requestTags?: ((request: IncomingMessage, response: ServerResponse) => TagInput | undefined) | undefined;
  /** `false` installs nothing and records nothing. Default `true`. ROUTEMETER_ENABLED. */
  enabled?: boolean | undefined;
  /**
   * Sends the metrics of the process too: event loop, garbage collection, heap, memory, handles.
   * Default `false`; `routemeter/register` turns it on. ROUTEMETER_RUNTIME.
   */
  runtime?: boolean | undefined;
  /**
   * Sends what requests and blocks waited for: each call of an upstream, as `http.client.request`,
   * `db.client.operation`, `messaging.client.operation` and `rpc.client.call`; `true`, or a list of kinds, such as
   * `['http', 'db']`. Default `false`: each upstream is one more metric per route. ROUTEMETER_UPSTREAMS.
   */
  upstreams?: boolean | readonly CallKind[] | undefined;
  /**
   * Tells the calls of HTTP clients apart by the template of their path, as `/users/:id`. Default `false`: paths of
   * others' servers may hold what no template is known for. ROUTEMETER_UPSTREAM_PATHS.
   */
  upstreamPaths?: boolean | undefined;
  /**
   * Sends how long the event loop kept requests waiting, by estimate: unread before they were opened, and each time
   * they went on; with both, latency as clients see it. With `breakdown` also who held the loop meanwhile. Needs
   * CPU, and Node 20.18, 22.8 or later. Default `false`: three more metrics per route. ROUTEMETER_DELAY.
   */
  delay?: boolean | undefined;
  /**
   * The address of a live server whose orders for profiles this process takes, such as `http://127.0.0.1:8127`.
   * It has to know `profileToken`. One connection for each thread, which this process opens and which never keeps
   * it alive. Default none. ROUTEMETER_PROFILE_URL.
   */
  profileUrl?: string | undefined;
  /** What the live server of `profileUrl` was given as `--profile-token`: 16 to 512 characters. ROUTEMETER_PROFILE_TOKEN. */
  profileToken?: string | undefined;
  /** The DogStatsD field `c:`: `auto` finds the container's id. Default: not sent, since most agents find it themselves. */
  containerId?: 'auto' | (string & {}) | undefined;
  /** The DogStatsD field `e:`. Default DD_EXTERNAL_ENV with the server `datadog`, else not sent. */
  externalData?: string | undefined;
  /** The DogStatsD field `card:`: how fine the tags may be that the Agent adds. Default DD_CARDINALITY with `datadog`, else not sent. */
  cardinality?: 'none' | 'low' | 'orchestrator' | 'high' | undefined;
  /**
   * Sends through a StatsD client of yours (hot-shots and its kin) instead of `url`, with its prefix and
   * tags. It stays yours: `meter.close()` does not close it.
   */
  client?: ClientLike | undefined;
  /** A sink of your own instead of `url`, such as `new CaptureSink()` in tests. */
  sink?: Sink | undefined;
}

/** Namings by name. */
export type Names = 'tagged' | 'per-view' | 'connect-datadog' | 'express-hot-shots';

/** Options of a single metric call. */
export interface MetricOptions {
  /** An object, or an array of `'key:value'`. */
  tags?: TagInput | undefined;
  /** The share of calls to record, sent with it. Default: the meter's. */
  sampleRate?: number | undefined;
  /** Unix time in seconds of the sample; counts and gauges only, sent at once and not aggregated. */
  timestamp?: number | undefined;
}

/** Options of `meter.event()`. */
export interface EventOptions {
  tags?: TagInput | undefined;
  /** Default `normal`. */
  priority?: 'normal' | 'low' | undefined;
  /** Default `info`. */
  alertType?: 'info' | 'warning' | 'error' | 'success' | undefined;
  aggregationKey?: string | undefined;
  sourceType?: string | undefined;
  hostname?: string | undefined;
  /** Unix time in seconds. */
  timestamp?: number | undefined;
}

/** Options of `meter.check()`. */
export interface CheckOptions {
  tags?: TagInput | undefined;
  message?: string | undefined;
  hostname?: string | undefined;
  /** Unix time in seconds. */
  timestamp?: number | undefined;
}
