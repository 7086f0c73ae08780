/** What stands at the other end, and with it everything that must fit together. */
export interface ServerTraits {
  readonly dialect: DialectName;
  /** Several samples in one line. */
  readonly pack: boolean;
  readonly timings: TimingType;
}

export type DialectName = 'dogstatsd';
export type TimingType = 'distribution' | 'histogram' | 'timing';

/**
 * One row per server, from what its parser takes: packed values are read by the Datadog Agent
 * (7.25 and later) and by statsd_exporter, refused or cut by Vector and the OpenTelemetry Collector.
 * Only Datadog merges distributions over hosts; the others know the type `ms` best.
 */
export const SERVERS = {
  datadog: { dialect: 'dogstatsd', pack: true, timings: 'distribution' },
  statsd_exporter: { dialect: 'dogstatsd', pack: true, timings: 'timing' },
  vector: { dialect: 'dogstatsd', pack: false, timings: 'timing' },
  otel: { dialect: 'dogstatsd', pack: false, timings: 'timing' },
} as const satisfies Record<string, ServerTraits>;

export type ServerName = keyof typeof SERVERS;
