import { type OwnerLog, shared, type Work } from '../attribution/index.ts';
import { Chunked } from './chunked.ts';
import type { Owner, Pace, UnitName } from './contract.ts';
import { Paces } from './paces.ts';

/** Changes of owner: 32 MB of them. */
const ENTRIES = 4_000_000;
/** Units and blocks: 18 MB for what each of them used. */
const WORKS = 1_000_000;
/** Names and blocks told apart; what comes later is `other`. */
const OWNERS = 4096;
/** Stretches told apart in which the loop was held without using CPU. */
const STALLS = 65_536;
/** A shorter stall is spread over all samples of its owner. */
const STALL_MS = 0.5;
/** A wait that may be a stall is looked at from this length on: three samples tell them apart. */
const WAIT_MS = 3;
/**
 * Works that are held until their name is final, before it is looked which have ended. Few: those that are held
 * are what a collection of garbage has to copy.
 */
const HELD = 128;
/** Moments are kept as whole tenths of a µs, which 32 bits have room for over seven minutes. */
const TICKS = 10_000;
/** The owner of a work that was not resolved yet. */
const UNRESOLVED = 0;

/** Tells a unit of work's name: null for one that has none, which never happens to those that ended. */
export type NameOf = (root: Work) => UnitName;
/** Tells the name of a block; null for other works. */
export type BlockOf = (work: Work) => string | null;

export interface LogOptions {
  nameOf: NameOf;
  blockOf: BlockOf;
  /** Called once when there is no room for more. */
  onFull?: () => void;
  entries?: number;
  works?: number;
  owners?: number;
}

/** A stretch in which the loop was held without using CPU; times in ticks since the begin. */
export interface LoggedStall {
  from: number;
  to: number;
  /** Share of that time. */
  share: number;
  /** In ms. */
  stalled: number;
  work: number;
  /** It was booked as idle: only samples can tell that it was none. */
  isDoubtful: boolean;
}

const OUTSIDE: UnitName = { kind: 'outside', name: '', method: '' };
const OTHER: UnitName = { kind: 'other', name: '', method: '' };

/**
 * The owners of the loop's time while a profile runs: a moment and a number for each change, and what each
 * owner used. Works are let go of as soon as their unit has ended and its name is final.
 */
export class Log implements OwnerLog {
  /** Changes of owner so far. */
  size = 0;
  full = false;
  /** Whose the stretches are; numbers are those of `ownerOf`. */
  readonly owners: Array<Owner & { blocks: string[] }> = [];
  readonly stalls: LoggedStall[] = [];
  /** How long units took, by their names, once `finish` was called. */
  readonly paces: Pace[] = [];
  private readonly options: LogOptions;
  private readonly most: { entries: number; works: number; owners: number };
  private readonly ends = new Chunked((length) => new Uint32Array(length));
  private readonly works = new Chunked((length) => new Uint32Array(length));
  private readonly cpu = new Chunked((length) => new Float64Array(length));
  private readonly stalled = new Chunked((length) => new Float64Array(length));
  private readonly resolved = new Chunked((length) => new Uint16Array(length));
  private readonly walls = new Chunked((length) => new Float64Array(length));
  private readonly durations = new Paces();
  /** Of each owner, the one of its unit outside of blocks. */
  private readonly units: number[] = [];
  private readonly known = new Map<string, number>();
  private readonly numbers: { next: number };
  private readonly base: number;
  private held: Work[] = [];
  private sweepAt = HELD;
  private from = 0;
  private end = 0;
  private last = -1;

  constructor(options: LogOptions) {
    this.options = options;
    this.most = {
      entries: options.entries ?? ENTRIES,
      works: options.works ?? WORKS,
      owners: options.owners ?? OWNERS,
    };
    // Never used twice, whichever copy of the library logs: a work may live through several profiles.
    this.numbers = shared('logged', () => ({ next: 1 }));
    this.base = this.numbers.next++;
    // Number 0 is nobody, both as a work and, with one added, as an owner.
    this.resolved.set(0, this.intern(OUTSIDE, []) + 1);
  }

  /** The first stretch begins, at a reading of the engine's clock. */
  begin(at: number): void {
    this.from = at;
  }

  add(work: Work | null, end: number, cpu: number, stalled: number, waited: number): void {
    if (this.full) return;
    const id = work === null ? 0 : this.numberOf(work);
    const before = this.end;
    const ticks = (end - this.from) * TICKS;
    if (id !== this.last) {
      if (this.size >= this.most.entries || id > this.most.works) {
        this.full = true;
        this.options.onFull?.();
        return;
      }
      this.last = id;
      this.works.set(this.size++, id);
    }
    this.end = ticks;
    this.ends.set(this.size - 1, ticks);
    this.cpu.add(id, cpu);
    this.stalled.add(id, stalled);
    const isDoubtful = waited >= WAIT_MS;
    const held = isDoubtful ? waited : stalled;
    if ((isDoubtful || stalled >= STALL_MS) && this.stalls.length < STALLS) {
      this.stalls.push({
        from: before,
        to: ticks,
        share: held / (cpu + held),
        stalled: held,
        work: id,
        isDoubtful,
      });
    }
  }

  /** The end of all stretches, in ms since the begin. */
  get until(): number {
    return this.end / TICKS;
  }

  /** When an entry ends, in ticks since the begin. */
  endOf(entry: number): number {
    return this.ends.get(entry);
  }

  /** Index of an entry's owner, once `finish` was called. */
  ownerOf(entry: number): number {
    return this.ownerOfWork(this.works.get(entry));
  }

  ownerOfWork(work: number): number {
    return this.resolved.get(work) - 1;
  }

  /** Nothing comes any more: names what is still open, and adds up what each owner used. */
  finish(): void {
    for (const work of this.held) this.resolve(work);
    this.held = [];
    const works = this.numbers.next - this.base;
    this.tellSlow(works);
    for (let id = 0; id < works; id++) {
      const owner = this.resolved.get(id);
      if (owner === UNRESOLVED) continue;
      const at = this.owners[owner - 1]!;
      at.cpu += this.cpu.get(id);
      at.stalled += this.stalled.get(id);
    }
  }

  /** How many works are held now. */
  get holding(): number {
    return this.held.length;
  }

  private numberOf(work: Work): number {
    if (work.logged >= this.base) return work.logged - this.base;
    work.logged = this.numbers.next++;
    if (this.held.length >= this.sweepAt) this.sweep();
    this.held.push(work);
    return work.logged - this.base;
  }

  private sweep(): void {
    this.held = this.held.filter((work) => {
      if (!work.root.ended) return true;
      this.resolve(work);
      return false;
    });
    // As many again may come before the next look, so that each work is looked at a few times at most.
    this.sweepAt = Math.max(HELD, this.held.length * 2);
  }

  private resolve(work: Work): void {
    const blocks: string[] = [];
    for (let part: Work | null = work; part !== null; part = part.parent) {
      const name = part === work.root ? null : this.options.blockOf(part);
      if (name !== null) blocks.unshift(name);
    }
    const { root } = work;
    const id = work.logged - this.base;
    const owner = this.intern(this.options.nameOf(root), blocks);
    this.resolved.set(id, owner + 1);
    // What is still open took as long at least.
    this.walls.set(id, root.ended ? root.wall : this.from + this.until - root.openedAt);
    if (work === root && root.ended && this.owners[owner]!.kind !== OTHER.kind)
      this.durations.add(owner, root.wall);
  }

  /** Gives the slow units of a name owners of their own. */
  private tellSlow(works: number): void {
    const limits = this.durations.limits();
    const from = this.owners.map((_, i) => limits.get(this.units[i]!)?.from ?? Number.POSITIVE_INFINITY);
    const slowOf = new Map<number, number>();
    const counts = new Map<number, number>();
    for (let id = 1; id < works; id++) {
      const owner = this.resolved.get(id) - 1;
      if (owner < 0 || !(this.walls.get(id) > from[owner]!)) continue;
      let slow = slowOf.get(owner);
      if (slow === undefined) {
        slow = this.owners.push({ ...this.owners[owner]!, slow: true }) - 1;
        slowOf.set(owner, slow);
      }
      this.resolved.set(id, slow + 1);
      if (this.units[owner] === owner) counts.set(owner, (counts.get(owner) ?? 0) + 1);
    }
    for (const [owner, slow] of counts) {
      const { kind, name, method } = this.owners[owner]!;
      this.paces.push({ kind, name, method, ...limits.get(owner)!, slow });
    }
  }

  private intern(unit: UnitName, blocks: string[]): number {
    const key = JSON.stringify([unit.kind, unit.name, unit.method, ...blocks]);
    const known = this.known.get(key);
    if (known !== undefined) return known;
    if (this.owners.length >= this.most.owners - 1 && unit !== OTHER) return this.intern(OTHER, []);
    const { kind, name, method } = unit;
    const index = this.owners.push({ kind, name, method, blocks, cpu: 0, stalled: 0 }) - 1;
    this.known.set(key, index);
    this.units[index] = blocks.length === 0 ? index : this.intern(unit, []);
    return index;
  }
}
