import { AsyncLocalStorage } from 'node:async_hooks';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Adoption, type Emit } from './adoption.ts';
import { Ceilings } from './ceiling/ceilings.ts';
import { Counters, type Measured, type Prices } from './ceiling/limit.ts';
import type { CpuMode, DelayMode, Engine } from './contract.ts';
import { Delays } from './delay/delays.ts';
import type { LoopTurns } from './delay/loop.ts';
import { Gate } from './gate.ts';
import { beforeHook } from './hook.ts';
import { Ledger, type Totals } from './ledger.ts';
import type { OwnerLog } from './owner-log.ts';
import { watchContextChanges } from './resync.ts';
import { runIn, watched } from './run-in.ts';
import type { ThreadClockFinding } from './thread-clock.ts';
import { markUnits, type Work } from './work.ts';

/** The loop cannot have been idle for longer since a reading of this age. */
const SAME_MS = 0.02;

/** Where an engine reads time; all in ms. */
export interface EngineClocks {
  /** Monotonic wall time. */
  clock: () => number;
  /** Cumulative time in which the loop waited for events. */
  idle: () => number;
  /** Called once, when the first exact work opens or the mode is asked for. */
  threadClock: () => ThreadClockFinding;
  /** The turns of the loop, asked for once delays are; null where they cannot be told. Without it: the same. */
  turns?: () => LoopTurns | null;
  /** How long this thread was ready to run and was not let, cumulative; null where nobody knows. */
  runDelay?: () => (() => number) | null;
  /** Whether a sampling profiler runs, asked for once it matters; null where nobody knows. */
  profilers?: () => (() => boolean) | null;
  /** As `Math.random`, which stands without it. */
  random?: () => number;
  /** What measuring costs; found out where it is not given. */
  prices?: Prices;
}

function emitEvent(this: unknown, emit: Emit, event: unknown, chunk: unknown): boolean {
  return event === 'data' ? emit.call(this, event, chunk) : emit.call(this, event);
}

/** What has become of the slice of a work that ends. */
function conclude(work: Work): void {
  const { rate, isGivenUp } = work.slice!;
  work.rate = rate;
  if (!isGivenUp) return;
  work.exact = false;
  work.lag = null;
}

/** The engine of an event loop; see `Engine` for what its methods promise. */
export class LoopEngine implements Engine {
  private readonly storage = new AsyncLocalStorage<Work | undefined>();
  private readonly clocks: EngineClocks;
  private readonly ledger: Ledger;
  private readonly adoption: Adoption;
  /** Made for the first exact work: an application that measures no CPU gets no hook and no patch. */
  private gate: Gate | null = null;
  private finding: ThreadClockFinding | null = null;
  private delays: Delays | null = null;
  private delayFollowers = 0;
  private turns: LoopTurns | null | undefined;
  private profilers: (() => boolean) | null | undefined;
  /** How much has been measured. */
  private readonly counters = new Counters();
  private ceilings: Ceilings | null = null;

  constructor(clocks: EngineClocks) {
    this.clocks = clocks;
    markUnits(this.storage);
    this.ledger = new Ledger(clocks.clock, clocks.idle, () => this.isProfiled());
    this.adoption = new Adoption((work, emit, emitter, event, chunk) => {
      if (this.storage.getStore()?.root === work) return emitEvent.call(emitter, emit, event, chunk);
      return this.run(work, emitEvent, emitter, emit, event, chunk);
    });
  }

  cpuMode(): CpuMode {
    const { read, why } = this.findThreadClock();
    if (this.ledger.refines) return { mode: 'exact', why };
    const reason = read === null ? why : 'the CPU clock of the thread can no longer be read';
    return { mode: 'wall', why: `elapsed time stands for CPU: ${reason}` };
  }

  delayMode(): DelayMode {
    if (this.turns === undefined) this.turns = this.clocks.turns?.() ?? null;
    if (this.turns !== null) return { mode: 'estimated', why: 'the loop of this thread counts its turns' };
    return { mode: 'off', why: 'this Node does not count the turns of its loop (20.18, 22.8 and later do)' };
  }

  followDelays(): () => void {
    if (this.delayMode().mode === 'off') return () => {};
    if (this.delayFollowers++ === 0) {
      // What nobody runs has to be told from what blocks.
      this.findThreadClock();
      this.delays = new Delays(
        this.ledger,
        this.turns!,
        this.clocks.runDelay?.() ?? null,
        this.clocks.random,
      );
    }
    let follows = true;
    return () => {
      if (!follows) return;
      follows = false;
      if (--this.delayFollowers > 0) return;
      this.delays?.stop();
      this.delays = null;
    };
  }

  limit(ceiling: number): () => void {
    this.ceilings ??= new Ceilings(this.clocks, this.ledger, this.counters);
    if (this.gate !== null) this.ceilings.serve(this.gate);
    return this.ceilings.add(ceiling);
  }

  choose(work: Work): boolean {
    const limit = this.ceilings === null ? null : this.ceilings.limit;
    // A profile is to see all of it, as short as it is.
    if (limit === null || this.ledger.log !== null) return true;
    work.slice = limit.choose();
    return work.slice !== null;
  }

  measured(): Measured | null {
    return this.ceilings?.limit?.measured() ?? null;
  }

  queued(work: Work): void {
    this.delays?.queued(work);
  }

  turn(): number {
    return this.delays === null ? -1 : this.delays.turn;
  }

  tellDelays(): void {
    this.delays?.drain();
  }

  totals(): Totals {
    this.ledger.settle();
    return this.ledger.totals();
  }

  now(): number {
    return this.clocks.clock();
  }

  idle(at: number): number {
    const { ledger } = this;
    // As the ledger has it: inside code that the engine called the loop cannot have waited.
    return ledger.depth > 0 || at - ledger.last < SAME_MS ? ledger.lastIdle : ledger.idleNow();
  }

  follow(log: OwnerLog | null, former: OwnerLog | null): number | null {
    const { ledger } = this;
    if (ledger.log !== former) return null;
    ledger.settle();
    ledger.log = log;
    return ledger.last;
  }

  current(): Work | null {
    let work = this.storage.getStore();
    if (work === undefined) return null;
    while (work.ended && work.parent !== null) work = work.parent;
    // A block that ended with nothing around it must not become the parent of what follows for ever.
    return work.ended && work.kind === 'block' ? null : work;
  }

  open(work: Work, exact: boolean): void {
    const { ledger } = this;
    const { parent } = work;
    if (parent !== null) work.slice = parent.slice;
    work.exact = exact && (parent === null || parent.exact) && work.slice?.isGivenUp !== true;
    if (!work.exact) {
      work.openedAt = this.clocks.clock();
      if (parent === null) this.gate?.unmeasured();
      return;
    }
    const gate = this.gate ?? this.prepare();
    ledger.settle();
    work.openedAt = ledger.last;
    work.openedIdle = ledger.lastIdle;
    work.openedBusy = ledger.busy;
    ledger.fresh = work;
    if (parent !== null) return;
    gate.begin();
    this.delays?.opened(work);
  }

  run<A, B, C, R>(work: Work, fn: (a: A, b: B, c: C) => R, thisArg: unknown, a: A, b: B, c: C): R {
    const { ledger } = this;
    const former = ledger.current;
    if (work.exact) {
      // Its own code runs something of it: who runs stays the same.
      if (former === work && ledger.depth > 0) return this.runInside(work, fn, thisArg, a, b, c);
      if (ledger.fresh === work) ledger.current = work;
      else ledger.switchTo(work);
    } else if (former === null) {
      return runIn(this.storage, work, work, fn, thisArg, a, b, c);
    } else {
      ledger.switchTo(null);
    }
    ledger.depth++;
    try {
      return runIn(this.storage, work, work, fn, thisArg, a, b, c);
    } finally {
      ledger.switchTo(former);
      ledger.depth--;
    }
  }

  private runInside<A, B, C, R>(
    work: Work,
    fn: (a: A, b: B, c: C) => R,
    thisArg: unknown,
    a: A,
    b: B,
    c: C,
  ): R {
    try {
      return runIn(this.storage, work, work, fn, thisArg, a, b, c);
    } finally {
      if (this.ledger.current !== work) this.ledger.switchTo(work);
    }
  }

  enter(work: Work): void {
    if (work.ended) return;
    if (!work.exact) {
      // A block that is not measured is told apart by nothing in its context; a unit is, by its name.
      if (work.kind === 'block') return;
      work.entered = true;
      if (this.ledger.current !== null) this.ledger.switchTo(null);
      this.storage.enterWith(work);
      return;
    }
    work.entered = true;
    this.hold(work);
    this.ledger.switchTo(work);
    this.storage.enterWith(work);
  }

  hold(work: Work): void {
    if (!work.exact || work.held || work.ended || work.slice?.isGivenUp === true) return;
    work.held = true;
    (this.gate ?? this.prepare()).hold(work);
  }

  adopt(work: Work, req: IncomingMessage, res: ServerResponse): void {
    this.adoption.adopt(work, req, res);
  }

  close(work: Work, returned = false): void {
    if (work.ended) return;
    if (work.slice !== null) conclude(work);
    work.frame = null;
    work.outer = undefined;
    if (!work.exact) {
      work.ended = true;
      work.wall = this.clocks.clock() - work.openedAt;
      work.waits?.close(0);
      if (work.entered) this.leave(work);
      return;
    }
    const { ledger } = this;
    if (!returned) ledger.settle();
    work.ended = true;
    work.wall = ledger.last - work.openedAt;
    work.idle = ledger.lastIdle - work.openedIdle;
    // Its own share of the counter of all work; rounding must not make it negative.
    const others = ledger.busy - work.openedBusy - work.cpu - work.stalled;
    if (others > 0) work.loopBusy = others;
    work.waits?.close(ledger.lastIdle);
    if (work.held) this.gate?.release(work);
    else if (work.parent === null) this.gate?.endedUnheld();
    if (work.entered) this.leave(work);
  }

  /** Puts the former context back, if the code that runs is still in the one that `enter` made. */
  private leave(work: Work): void {
    if (this.storage.getStore() !== work) return;
    this.storage.enterWith(work.parent ?? undefined);
    this.ledger.current = work.parent;
  }

  private isProfiled(): boolean {
    if (this.profilers === undefined) this.profilers = this.clocks.profilers?.() ?? null;
    return this.profilers?.() ?? false;
  }

  private findThreadClock(): ThreadClockFinding {
    if (this.finding === null) {
      this.finding = this.clocks.threadClock();
      if (this.finding.read !== null) this.ledger.refineBy(this.finding.read);
    }
    return this.finding;
  }

  private prepare(): Gate {
    const { ledger, storage } = this;
    const { counters } = this;
    const contexts = watched(storage);
    const sync = () => {
      counters.looks++;
      const store = contexts.current();
      if (store === ledger.current) {
        // The first callback of a poll tells when the poll was, whosever it is.
        if (this.delays?.wantsFirst === true) ledger.settle();
        return;
      }
      const next = store?.exact === true ? store : null;
      if (next === ledger.current) return;
      counters.switches++;
      ledger.switchTo(next);
    };
    this.findThreadClock();
    const hook = beforeHook(sync);
    const gate = new Gate(ledger, {
      enable: () => hook.enable(),
      disable() {
        hook.disable();
        contexts.forget();
      },
    });
    watchContextChanges(() => {
      if (gate.on) sync();
    });
    this.gate = gate;
    this.ceilings?.serve(gate);
    return gate;
  }
}
