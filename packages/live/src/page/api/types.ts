/** What the server answers, as the page reads it. Times are milliseconds unless said. */

export interface Spread {
  mean: number;
  p50: number;
  p95: number;
  p99: number;
  max: number;
  /** How far the percentiles can be off, relative to the exact ones: 0.01 is 1 %. */
  within: number | null;
}

export interface Mean {
  mean: number;
}

/** How a route stands against its budget: its worst limit. */
export interface BudgetMark {
  state: 'ok' | 'over' | 'few';
  severity: 'warning' | 'critical';
  /** How many of its limits are exceeded. */
  over: number;
  worst: {
    measure: string;
    block: string | null;
    /** A call, as `postgresql SELECT users`. */
    upstream: string | null;
    /** `calls`: how many a request makes on average. */
    unit: 'ms' | 'share' | 'calls';
    limit: number;
    value: number | null;
    /** Value over limit; null where the limit is nothing. */
    times: number | null;
    /** Epoch ms since when it is over; null unless it is. */
    since: number | null;
  };
}

export interface RouteRow {
  service: string;
  /** `request`, or what another unit of work is: `job`, `message`, `rpc`, `socket`, `cron`, `work`. */
  kind: string;
  /** The template, or the name of another unit. */
  route: string;
  /** The method, or the label of another unit's kind, such as `JOB`. */
  method: string;
  /** The server that took the requests, where the service has several. */
  server?: { address: string; port: string };
  /** Full name of the metric the row was made from: what `/api/query` is asked for. */
  metric: string;
  count: number;
  /** Requests per second over the window. */
  rate: number;
  errors: number;
  aborted: number;
  status: Record<string, number>;
  wall: Spread;
  cpu: Spread | null;
  stalled: Mean | null;
  loopBusy: Mean | null;
  idle: Mean | null;
  /** Who added its jobs, most first. */
  addedBy?: { method: string; route: string; count: number }[];
  /** CPU that other threads used for it, in none of its other times. */
  cpuRemote?: Mean;
  /** How long requests wait unread for the event loop, by estimate. Left out by servers of an earlier version. */
  queued?: (Spread & { count: number }) | null;
  /** How long they wait to go on after that. */
  delayed?: (Mean & { count: number }) | null;
  /** Latency as clients see it. */
  client?: Spread | null;
  /** Who held the loop meanwhile, most of the time. */
  heldBy?: Culprit & Mean;
  /** p95 over the last five minutes, oldest first; null where nothing happened. */
  spark?: (number | null)[];
  /** What a request waits for each upstream, the longest first. */
  waits?: Wait[];
  /** Its values cannot be milliseconds: a unit should be told. */
  asksUnit?: true;
  /** Its name was guessed from addresses: the sender had no route map. */
  guessed?: true;
  /** Where the server has a budget for it. */
  budget?: BudgetMark;
}

/** Who held the event loop: a unit of work by its kind, `outside`, `stopped`, or `crowd` for all that is not named. */
export interface Culprit {
  kind: string;
  /** null where there is no name. */
  route: string | null;
  method: string | null;
}

/** What a wait for the loop comes to: for one request, and for all of them. */
export interface DelayAmounts {
  queued: { mean: number | null; total: number };
  delayed: { mean: number | null; total: number };
  /** Of all that the route waits, or of all that the culprit makes wait. */
  share: number;
  /** The route stands in its own way. */
  own: boolean;
}

export interface RouteDelays {
  requests: number;
  queued: Spread | null;
  delayed: Mean | null;
  loopBusy: Mean | null;
  client: Spread | null;
  /** Requests of which it is not known how long they waited. */
  unknown: number | null;
  culprits: (Culprit & DelayAmounts)[];
}

export interface Victim extends DelayAmounts {
  service: string;
  route: string;
  method: string;
}

export interface RoutesAnswer {
  routes: RouteRow[];
}

/** Values of each tag that requests of the window carry. */
export type TagValues = Record<string, string[]>;

export interface Stats {
  packets: number;
  lines: number;
  samples: number;
  rejected: number;
  kernelDrops: number | null;
  receiveBuffer: number | null;
  series: number;
  folded: number;
  uptime: number;
  rules?: RulesInForce;
  forward?: ForwardTarget[];
}

/** Whose rules lines are read by, and why. */
export interface RulesInForce {
  is: 'datadog' | 'etsy' | 'both';
  by: 'option' | 'recognised' | 'default';
}

export interface Config {
  version: string;
  udp: string;
  http: string;
  unix?: string | null;
  /** Seconds of data the server keeps. */
  retention: number;
  window: number;
  /** What the server was told to run, if anything. */
  command?: string | string[] | null;
  /** The engine that has the samples, where they are not the server's own. */
  engine?: string;
  /** The server's clock, epoch ms. */
  clockMs: number;
}

/** Why the engine behind the server has no answer. */
export interface Trouble {
  code: string;
  message: string;
}

export type Measure = 'p95' | 'p50' | 'errors' | 'cpu' | 'rate';

/** Something in which a host is not like the others. */
export interface Difference {
  measure: Measure;
  value: number;
  /** The median of the other hosts. */
  others: number;
  times: number | null;
}

/** One host's part of a route. */
export interface HostRow {
  host: string;
  count: number;
  rate: number;
  errors: number;
  wall: Spread;
  cpu: Spread | null;
  differs: Difference[];
}

export interface Update {
  at: number;
  window: number;
  stats: Stats;
  routes: RouteRow[];
}

export interface QuerySeries {
  tags: Record<string, string>;
  stat: string;
  points: (number | null)[];
  /** Everything that is not among the other series, as one. */
  others?: true;
  /** How many series the others are. */
  count?: number;
}

export interface QueryAnswer {
  /** Epoch ms of the first point. */
  start: number;
  /** Seconds from point to point. */
  step: number;
  series: QuerySeries[];
}

export interface HeatAnswer {
  start: number;
  step: number;
  /** Upper bounds of the latency bins, ascending. */
  bins: number[];
  /** Per step, the samples in each bin. */
  points: (number[] | null)[];
}

export interface Block {
  name: string;
  count: number;
  /** Calls in one request, on average. */
  perRequest: number | null;
  wall: Spread;
  cpu: Spread | null;
  /** Part of the route's wall time spent in it, 0 to 1 (above 1 where calls overlap). */
  share: number | null;
}

export interface Metric {
  name: string;
  type: string;
  tags: string[];
  series: number;
  customMetrics: number;
  /** When its last sample came, epoch ms. */
  lastSeen: number | null;
  /** Its last value, where it has one: of a gauge; of others, of the last whole seconds. */
  value: number | null;
  /** Samples per second, over the last whole seconds. */
  rate: number | null;
  /** What its values are: as its type has it, or as it was told. */
  unit: Unit | null;
  /** How many series report it. */
  senders: number;
}

export type Unit = 'ms' | 's' | 'us' | 'ns' | 'bytes' | 'count';

export interface RawLine {
  at: number;
  text: string;
  error?: string;
  /** What it was taken for, where that is not plain. */
  readAs?: string;
}

/** Lines that were refused for the same reason, of one metric. */
export interface Rejected {
  reason: string;
  name: string;
  count: number;
  last: { at: number; text: string };
  /** What would be right. */
  remedy: string;
}

export type Tags = Record<string, readonly string[]>;

export interface LiveEvent {
  at: number;
  title: string;
  text: string;
  alertType?: string;
  priority?: string;
  aggregationKey?: string;
  source?: string;
  host?: string;
  tags: Tags;
}

export type CheckStatus = 'ok' | 'warning' | 'critical' | 'unknown';

export interface Check {
  at: number;
  name: string;
  status: CheckStatus;
  message?: string;
  host?: string;
  tags: Tags;
}

/** The books of one target that lines are forwarded to. */
export interface ForwardTarget {
  url: string;
  lines: number;
  payloads: number;
  failed: number;
  dropped: number;
}

/** What a request waits for one upstream; the name is null for all that stand for less than the named ones. */
export interface Wait {
  name: string | null;
  mean: number;
}

export type CallKind = 'http' | 'db' | 'messaging' | 'rpc';

interface CallIdentity {
  /** `postgresql SELECT users`, `GET api.example.com`. */
  name: string;
  kind: CallKind;
  system: string;
  peer: string;
  operation: string;
}

/** What a route asks of an upstream. */
export interface RouteCall extends CallIdentity {
  /** The innermost block that makes it; '' where none does. */
  block: string;
  count: number;
  perRequest: number | null;
  errors: number;
  duration: Spread;
  /** What a call costs its request. */
  wait: Mean | null;
  /** Of the route's wall time. */
  share: number | null;
  /** How often one request makes it. */
  repeated: { max: number; mean: number } | null;
}

export interface RouteCalls {
  requests: number;
  waiting: { mean: number | null };
  idle: { mean: number | null };
  calls: RouteCall[];
  /** Calls that are not listed. */
  more: number;
}

export interface Caller {
  service: string;
  /** null for calls outside of requests. */
  route: string | null;
  method: string | null;
  count: number;
  perRequest: number | null;
  /** What one of its requests waits for it. */
  wait: Mean | null;
  share: number | null;
}

/** One operation of something outside of the applications. */
export interface Upstream extends CallIdentity {
  prefix: string;
  count: number;
  rate: number;
  errors: number;
  duration: Spread;
  /** Milliseconds that requests wait for it in a second. */
  wait: { rate: number } | null;
  callers: Caller[];
  spark: (number | null)[];
}

/** What a function, or a unit of work, used while it was sampled; times in ms. */
export interface Used {
  samples: number;
  cpu: number;
  stalled: number;
}

export interface ProfilableThread {
  pid: number;
  thread: number;
  host: string;
  program: string;
  node: string;
  /** How long the start of a profile would hold its loop, in ms. */
  expected: number;
}

export interface ProfileEntry {
  id: string;
  state: 'running' | 'done' | 'failed';
  /** Unix ms. */
  at: number;
  seconds: number;
  interval: number;
  /** The budget that it was taken for, in words; null where somebody asked. */
  cause: string | null;
  threads: (ProfilableThread & {
    state: 'asked' | 'running' | 'done' | 'failed';
    held: number | null;
    error: { code: string; message: string } | null;
  })[];
}

/** The units of a name that took longer than `from`, in ms of wall time: 95 % of them did not. */
export interface SlowUnits extends Used {
  count: number;
  of: number;
  from: number;
}

export interface ProfiledUnit extends Used {
  kind: string;
  name: string;
  method: string;
  slow: SlowUnits | null;
  blocks: (Used & { name: string })[];
}

/** One profile; its units once it is done. */
export type Profile = ProfileEntry & { units?: ProfiledUnit[] };

export interface FlameNode extends Used {
  name: string;
  file: string;
  line: number;
  origin: 'app' | 'dependency' | 'node' | 'native' | 'engine' | 'routemeter';
  self: Used;
  children: FlameNode[];
}

export type FunctionRow = Omit<FlameNode, 'children'>;

export interface Hold {
  call: string;
  caller: { name: string; file: string; line: number };
  unit: { kind: string; name: string; method: string };
  count: number;
  total: number;
  longest: number;
}

export interface Flame extends Used {
  tree: FlameNode;
  functions: FunctionRow[];
  holds: Hold[];
}
