import type { CpuMode, DelayMode } from '../attribution/index.ts';
import type { DropCause } from '../outputs/index.ts';

/** The books of one output: `samples = handed + waiting + the sum of dropped`, exactly. */
export interface OutputStats {
  /** Where it sends, for example `udp://127.0.0.1:8125`. */
  url: string;
  /** Samples recorded for this output. */
  samples: number;
  /** Samples handed to the system. */
  handed: number;
  /** Samples that wait to be sent. */
  waiting: number;
  /** Samples dropped, by cause. */
  dropped: Partial<Record<DropCause, number>>;
  /** Samples handed over while the server was going away: StatsD has no acknowledgements. */
  unconfirmed: number;
  lines: number;
  payloads: number;
  bytes: number;
}

/** How CPU is attributed, why so, and of how many. */
export interface CpuStats extends CpuMode {
  /** The share of requests and other units of work whose CPU is measured: 1 for all of them. */
  share: number;
}

/** What `meter.stats()` tells; the figures beside `outputs` are those of the meter's main output. */
export interface MeterStats extends Omit<OutputStats, 'url'> {
  /** Series now, at most `maxSeries`. */
  series: number;
  /** Custom metrics as Datadog counts them: a distribution or histogram is five for each combination of tags. */
  customMetrics: number;
  /** Samples that went into a series folded for the cap. */
  folded: number;
  /** Block samples sent as `http_route:pending`, since their request held 256 already. */
  pending: number;
  /** Calls of upstreams that were named `other`, since the process had 200 names already. */
  otherCalls: number;
  /** Calls of upstreams that were not followed, since their request had 1000 open already. */
  droppedCalls: number;
  /** Units of work that were named `other`, since the meter had 200 names already. */
  otherUnits: number;
  /** `meter.tag()` and `meter.route()` calls without a request around them, or beyond its bounds. */
  ignoredTags: number;
  /** How CPU is attributed, why so, and of how many. */
  cpu: CpuStats;
  /** Whether it is estimated how long the loop kept requests waiting, and why so. */
  delay: DelayMode;
  outputs: OutputStats[];
}
