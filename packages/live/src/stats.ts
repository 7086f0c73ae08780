import type { ForwardStats } from './forward/forwarder.ts';
import type { RulesInForce } from './ingest/rules.ts';
import type { WriteStats } from './write/writer.ts';

/** What the server received since it started, and where it went. */
export interface Stats {
  packets: number;
  lines: number;
  samples: number;
  rejected: number;
  /** null where the system does not tell. */
  kernelDrops: number | null;
  /** Bytes, as the system granted them. */
  receiveBuffer: number;
  series: number;
  folded: number;
  /** Metrics that `/metrics` leaves out, since no name is free for them. */
  unnamed: number;
  /** Seconds. */
  uptime: number;
  /** Whose rules lines are read by. */
  rules: RulesInForce;
  /** For each target of `--forward`. */
  forward: ForwardStats[];
  /** Of `--write`; absent without it. */
  write?: WriteStats;
  [more: string]: unknown;
}
