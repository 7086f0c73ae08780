/** What stands at the other end, and with it everything that must fit together. */
export interface ServerTraits {
  readonly dialect: DialectName;
  /** Several samples in one line. */
  readonly pack: boolean;
  readonly timings: TimingType;
  /** What it reads of DogStatsD, where that is the dialect. */
  readonly reads: DogStatsDReads;
  /** Payloads on a Unix stream stand behind their length, as the Datadog Agent reads them; else lines follow lines. */
  readonly framed: boolean;
  /** The means of timings with a sample rate are right: not so at Etsy's StatsD, collectd and netdata. */
  readonly sampledTimings: boolean;
}

export const DIALECTS = ['dogstatsd', 'graphite', 'influx', 'statsd'] as const;

export type DialectName = (typeof DIALECTS)[number];
export type TimingType = 'distribution' | 'histogram' | 'timing';

/** Parts of DogStatsD that not every server reads; for what it does not, a server drops the line or changes its meaning. */
export interface DogStatsDReads {
  readonly sets: boolean;
  /** Events and service checks. */
  readonly events: boolean;
  /** Tags without a value. */
  readonly bareTags: boolean;
  /** `-5|g` sets a gauge; elsewhere it takes 5 away. */
  readonly negativeGauges: boolean;
  /** `e:` and `card:`. */
  readonly origin: boolean;
}

const ALL: DogStatsDReads = { sets: true, events: true, bareTags: true, negativeGauges: true, origin: true };
/** Of servers of other formats, where somebody asks for this one: zero before a negative gauge harms nobody. */
const OTHERS: DogStatsDReads = { ...ALL, negativeGauges: false };
const METRICS: DogStatsDReads = { ...OTHERS, events: false };
const FEWEST: DogStatsDReads = {
  sets: false,
  events: false,
  bareTags: false,
  negativeGauges: false,
  origin: false,
};

/**
 * One row per server, from what it was seen to do, and of the Datadog Agent and of Vector from what their parsers
 * take: packed values are read by the Datadog Agent (7.25 and later) and by statsd_exporter, refused or cut by all
 * others. Only Datadog merges distributions over hosts; the others know the type `ms` best.
 */
export const SERVERS = {
  datadog: {
    dialect: 'dogstatsd',
    pack: true,
    timings: 'distribution',
    reads: ALL,
    framed: true,
    sampledTimings: true,
  },
  statsd_exporter: {
    dialect: 'dogstatsd',
    pack: true,
    timings: 'timing',
    reads: FEWEST,
    framed: false,
    sampledTimings: true,
  },
  vector: {
    dialect: 'dogstatsd',
    pack: false,
    timings: 'timing',
    reads: METRICS,
    framed: false,
    sampledTimings: true,
  },
  otel: {
    dialect: 'dogstatsd',
    pack: false,
    timings: 'timing',
    reads: FEWEST,
    framed: false,
    sampledTimings: true,
  },
  telegraf: {
    dialect: 'influx',
    pack: false,
    timings: 'timing',
    reads: OTHERS,
    framed: false,
    sampledTimings: true,
  },
  graphite: {
    dialect: 'graphite',
    pack: false,
    timings: 'timing',
    reads: OTHERS,
    framed: false,
    sampledTimings: false,
  },
  statsd: {
    dialect: 'statsd',
    pack: false,
    timings: 'timing',
    reads: OTHERS,
    framed: false,
    sampledTimings: false,
  },
} as const satisfies Record<string, ServerTraits>;

export type ServerName = keyof typeof SERVERS;
