import { type OwnerLog, shared, type Work } from '../attribution/index.ts';
import type { Pace, UnitName } from './contract.ts';
import { Entries } from './entries.ts';
import { OTHER, Owners, type Place } from './owners.ts';
import { Paces } from './paces.ts';
import { Used } from './used.ts';

/** Changes of owner: 32 MB of them. */
const ENTRIES = 4_000_000;
/** Units and blocks: 32 MB for what each of them used. */
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
const HELD = 32;
/** Moments are kept as whole tenths of a µs, which 32 bits have room for over seven minutes. */
const TICKS = 10_000;

/** Tells a unit of work's name; the same object for the same name costs the log nothing but a look. */
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

/**
 * The owners of the loop's time while a profile runs: a moment and a number for each change, and what each
 * owner used. Works are let go of as soon as their unit has ended and its name is final.
 */
export class Log implements OwnerLog {
  full = false;
  /** Whose the stretches are; numbers are those of `ownerOf`. */
  readonly owners: Owners['all'];
  readonly stalls: LoggedStall[] = [];
  /** How long units took, by their names, once `finish` was called. */
  readonly paces: Pace[] = [];
  private readonly options: LogOptions;
  private readonly most: { entries: number; works: number };
  private readonly places: Owners;
  private readonly entries = new Entries();
  private readonly used = new Used();
  private readonly durations = new Paces();
  private readonly numbers: { next: number };
  private readonly base: number;
  private held: Work[] = [];
  private sweepAt = HELD;
  private from = 0;
  private end = 0;
  private last = -1;

  constructor(options: LogOptions) {
    this.options = options;
    this.most = { entries: options.entries ?? ENTRIES, works: options.works ?? WORKS };
    this.places = new Owners(options.owners ?? OWNERS);
    this.owners = this.places.all;
    // Never used twice, whichever copy of the library logs: a work may live through several profiles.
    this.numbers = shared('logged', () => ({ next: 1 }));
    this.base = this.numbers.next++;
    // Work 0 is nobody.
    this.used.tell(0, this.places.index(this.places.of(OUTSIDE)), 0);
  }

  /** The first stretch begins, at a reading of the engine's clock. */
  begin(at: number): void {
    this.from = at;
    this.end = at;
  }

  add(work: Work | null, end: number, cpu: number, stalled: number, waited: number): void {
    if (this.full) return;
    const id = work === null ? 0 : this.numberOf(work);
    if (id !== this.last && !this.goOn(id)) return;
    this.used.add(id, cpu, stalled);
    if (stalled >= STALL_MS || waited >= WAIT_MS) this.addStall(id, end, cpu, stalled, waited);
    this.end = end;
  }

  /** Changes of owner so far. */
  get size(): number {
    return this.entries.size;
  }

  /** The end of all stretches, in ms since the begin. */
  get until(): number {
    return this.end - this.from;
  }

  /** The entry at a moment, in ticks since the begin, looked for from an earlier one on. */
  entryAt(moment: number, from: number): number {
    return this.entries.at(moment, from);
  }

  /** Index of an entry's owner, once `finish` was called. */
  ownerOf(entry: number): number {
    return this.ownerOfWork(this.entries.workOf(entry));
  }

  ownerOfWork(work: number): number {
    return this.used.owner(work);
  }

  /** Nothing comes any more: names what is still open, and adds up what each owner used. */
  finish(): void {
    for (const work of this.held) this.resolve(work);
    this.held = [];
    this.tellSlow();
    this.used.addTo(this.owners);
  }

  /** How many works are held now. */
  get holding(): number {
    return this.held.length;
  }

  /** Somebody else runs; whether there is room for that. */
  private goOn(id: number): boolean {
    if (this.entries.size >= this.most.entries || id > this.most.works) {
      this.full = true;
      this.options.onFull?.();
      return false;
    }
    this.used.reserve(id);
    this.entries.push((this.end - this.from) * TICKS, id);
    this.last = id;
    return true;
  }

  private addStall(work: number, end: number, cpu: number, stalled: number, waited: number): void {
    if (this.stalls.length >= STALLS) return;
    const isDoubtful = waited >= WAIT_MS;
    const held = isDoubtful ? waited : stalled;
    const [from, to] = [(this.end - this.from) * TICKS, (end - this.from) * TICKS];
    this.stalls.push({ from, to, share: held / (cpu + held), stalled: held, work, isDoubtful });
  }

  private numberOf(work: Work): number {
    if (work.logged >= this.base) return work.logged - this.base;
    work.logged = this.numbers.next++;
    if (this.held.length >= this.sweepAt) this.sweep();
    this.held.push(work);
    return work.logged - this.base;
  }

  private sweep(): void {
    const { held } = this;
    let open = 0;
    for (let i = 0; i < held.length; i++) {
      const work = held[i]!;
      if (work.root.ended) this.resolve(work);
      else held[open++] = work;
    }
    held.length = open;
    // As many again may come before the next look, so that each work is looked at a few times at most.
    this.sweepAt = Math.max(HELD, open * 2);
  }

  private resolve(work: Work): void {
    const { root } = work;
    const owner = this.places.index(this.placeOf(work, root));
    // What is still open took as long at least.
    this.used.tell(work.logged - this.base, owner, root.ended ? root.wall : this.end - root.openedAt);
    if (work === root && root.ended && this.owners[owner]!.kind !== OTHER.kind)
      this.durations.add(owner, root.wall);
  }

  private placeOf(work: Work, root: Work): Place {
    const { places, options } = this;
    let place = places.of(options.nameOf(root));
    if (work === root) return place;
    const blocks: string[] = [];
    for (let part: Work | null = work; part !== null && part !== root; part = part.parent) {
      const name = options.blockOf(part);
      if (name !== null) blocks.push(name);
    }
    for (let i = blocks.length - 1; i >= 0; i--) place = places.within(place, blocks[i]!);
    return place;
  }

  /** Gives the slow units of a name owners of their own. */
  private tellSlow(): void {
    const { units } = this.places;
    const limits = this.durations.limits();
    const from = this.owners.map((_, i) => limits.get(units[i]!)?.from ?? Number.POSITIVE_INFINITY);
    const slowOf = new Map<number, number>();
    const counts = new Map<number, number>();
    this.used.moveSlow(from, (owner) => {
      if (units[owner] === owner) counts.set(owner, (counts.get(owner) ?? 0) + 1);
      let slow = slowOf.get(owner);
      if (slow === undefined) {
        slow = this.owners.push({ ...this.owners[owner]!, slow: true }) - 1;
        slowOf.set(owner, slow);
      }
      return slow;
    });
    for (const [owner, slow] of counts) {
      const { kind, name, method } = this.owners[owner]!;
      this.paces.push({ kind, name, method, ...limits.get(owner)!, slow });
    }
  }
}
