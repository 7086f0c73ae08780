import type { LateSink, UnitKind } from '../attribution/index.ts';
import type { Series, Tag } from '../series/index.ts';
import type { DelayBook } from './delays.ts';

/** The series of wall time of the last unit, and by what it was found: nearly always the next one's, too. */
export interface LastWall {
  outcome: string;
  error: string;
  told: Tag | null;
  series: Series;
}

/**
 * Everything known of the units of work of one name (of requests: of one route and method), so that a
 * unit, its blocks and its calls find their series without a string.
 */
export class Account implements LateSink {
  /** Canonical name of the metric of its units; empty for what is part of no unit. */
  readonly metric: string;
  /** What tells it from others: route and method, the name of a job. */
  readonly tags: readonly Tag[];
  /** Those of them that the blocks and calls of its units carry. */
  readonly carried: readonly Tag[];
  /** Nothing is recorded of it. */
  readonly isIgnored: boolean;
  /** What its units are; null before one of them kept somebody waiting. */
  kind: UnitKind | null = null;
  /** CPU in ms that its units used after their end, summed until the next flush. */
  lateCpu = 0;
  /** CPU in ms that threads used for its units, summed likewise. */
  remoteCpu = 0;
  /** The series of wall time, by status (negative where the name was guessed) or outcome. */
  readonly walls = new Map<number | string, Series>();
  lastWall: LastWall | null = null;
  /** Of units that are told how long they waited for their turn. */
  waited: Series | null = null;
  cpu: Series | null = null;
  busy: Series | null = null;
  stalled: Series | null = null;
  queued: Series | null = null;
  delayed: Series | null = null;
  client: Series | null = null;
  /** What the loop kept its units waiting; null where nobody asks. */
  delays: DelayBook | null = null;
  /** The same for each server that takes such units, where they are told apart. */
  private servers: Map<readonly Tag[], Account> | null = null;

  constructor(metric: string, tags: readonly Tag[], isIgnored = false, carried = tags) {
    this.metric = metric;
    this.tags = tags;
    this.carried = carried;
    this.isIgnored = isIgnored;
  }

  add(ms: number): void {
    this.lateCpu += ms;
  }

  of(server: readonly Tag[]): Account {
    this.servers ??= new Map();
    let own = this.servers.get(server);
    if (own === undefined) {
      own = new Account(this.metric, [...this.tags, ...server], this.isIgnored, this.carried);
      this.servers.set(server, own);
    }
    return own;
  }

  /** Itself and those of its servers, which are few. */
  all(): Account[] {
    return this.servers === null ? [this] : [this, ...this.servers.values()];
  }
}

/** Of blocks, and calls, that are part of no unit. */
export const NOBODY = new Account('', []);
