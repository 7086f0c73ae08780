/** What stands at the other end, and with it everything that must fit together. */
export interface ServerTraits {
  readonly dialect: DialectName;
  /** Several samples in one line. */
  readonly pack: boolean;
  readonly timings: TimingType;
  /** Payloads on a Unix stream stand behind their length, as the Datadog Agent reads them; else lines follow lines. */
  readonly framed: boolean;
}

export const DIALECTS = ['dogstatsd', 'graphite', 'influx', 'statsd'] as const;

export type DialectName = (typeof DIALECTS)[number];
export type TimingType = 'distribution' | 'histogram' | 'timing';

/**
 * One row per server, from what its parser takes: packed values are read by the Datadog Agent
 * (7.25 and later) and by statsd_exporter, refused or cut by all others.
 * Only Datadog merges distributions over hosts; the others know the type `ms` best.
 */
export const SERVERS = {
  datadog: { dialect: 'dogstatsd', pack: true, timings: 'distribution', framed: true },
  statsd_exporter: { dialect: 'dogstatsd', pack: true, timings: 'timing', framed: false },
  vector: { dialect: 'dogstatsd', pack: false, timings: 'timing', framed: false },
  otel: { dialect: 'dogstatsd', pack: false, timings: 'timing', framed: false },
  telegraf: { dialect: 'influx', pack: false, timings: 'timing', framed: false },
  graphite: { dialect: 'graphite', pack: false, timings: 'timing', framed: false },
  statsd: { dialect: 'statsd', pack: false, timings: 'timing', framed: false },
} as const satisfies Record<string, ServerTraits>;

export type ServerName = keyof typeof SERVERS;
