import { engine, type UnitKind, Work } from '../attribution/index.ts';
import type { Account, SeriesFinder, Tag } from '../books/index.ts';
import type { Block } from './block.ts';
import type { Piece } from './piece.ts';

/** Block samples that wait in one unit until its name is final. */
export const PENDING_BLOCKS = 256;

/** A server that takes units of work. */
export interface ServedBy {
  /** 0 for a Unix socket. */
  readonly port: number;
  /** One array for each address and port, up to a bound. */
  readonly tags: readonly Tag[];
}

/** Who turns the ended units of one meter into samples. */
export interface Recorder {
  readonly finder: SeriesFinder;
  /** The account of a unit by the name it has so far. */
  interim(unit: Unit): Account;
  /** The account of blocks that cannot wait for the name of their unit. */
  pending(unit: Unit): Account;
  /** Another thread used CPU for a unit, open or not: `ms` in all. */
  remote(unit: Unit, ms: number): void;
}

/**
 * A unit of work: what somebody asked this process to do, as an HTTP request. It has a context of its own,
 * its own CPU, its four parts, blocks and calls, and is nobody's part: begun inside another one, it is
 * charged to itself alone. It never refers to a request, a response or a message.
 */
export abstract class Unit extends Work {
  abstract readonly recorder: Recorder;
  /** Where it is recorded; null until its name is final. */
  account: Account | null = null;
  /** Who took it; null where no server did. */
  server: ServedBy | null = null;
  /** Tags of its wall time, and of plain metrics sent while it runs. */
  tags: Map<string, string> | null = null;
  /** Ended blocks that wait for its name. */
  blocks: Block[] | null = null;
  /** Blocks of queries that nobody has begun yet: they end with the unit. */
  waiting: Set<Piece> | null = null;

  constructor(kind: UnitKind) {
    super(kind, null);
  }

  get finder(): SeriesFinder {
    return this.recorder.finder;
  }

  /** The account by the name it has so far. */
  interim(): Account {
    return this.recorder.interim(this);
  }

  /** Names it by `meter.route()`; false for a unit that has its name from its begin. */
  rename(_name: string): boolean {
    return false;
  }
}

/** The unit of work that a work is, or is part of; null for a block outside any. */
export function unitOf(work: Work | null): Unit | null {
  return work !== null && work.root.kind !== 'block' ? (work.root as Unit) : null;
}

/** The unit of work around the caller, or null. */
export function currentUnit(): Unit | null {
  return unitOf(engine().current());
}
