import { setTimeout as sleep } from 'node:timers/promises';
import { BucketBounds } from '../prometheus/bounds.ts';
import { breathe } from '../store/breathe.ts';
import type { Cell } from '../store/memory/cell.ts';
import type { MemoryStore } from '../store/memory/memory.ts';
import type { SeriesKey } from '../store/store.ts';
import { classic } from './histograms/classic.ts';
import { custom } from './histograms/custom.ts';
import type { HistogramKind, HistogramName } from './histograms/kind.ts';
import { native } from './histograms/native.ts';
import { vmrange } from './histograms/vmrange.ts';
import type { MessageName } from './message.ts';
import { Queue } from './queue.ts';
import { RequestBuilder } from './request.ts';
import { DELAYS, type Delays, type Delivery, Sender } from './sender.ts';
import { addressOf } from './target/address.ts';
import { detect, type Target, unknownTarget } from './target/detect.ts';
import { Exchange } from './target/exchange.ts';
import { Ticks } from './ticks.ts';
import type { Shape } from './units/distribution.ts';
import type { Unit } from './units/unit.ts';
import { Units } from './units/units.ts';

export interface WriterOptions {
  /** Full address, or the engine's; see `addressOf`. */
  url: string;
  histograms: HistogramName | 'auto';
  /** Labels of every series; `host` among them. */
  labels: ReadonlyMap<string, string>;
  headers: Readonly<Record<string, string>>;
  /** Of the store that it is told of. */
  maxSeries: number;
  /** Seconds that a series without samples is still written for. */
  retention: number;
  version: string;
  clock: () => number;
  warn: (text: string) => void;
  /** Of classic histograms. Default: those of each metric's unit. */
  bounds?: BucketBounds;
  /** Other than the usual, for tests. */
  tuning?: WriterTuning;
}

/** For tests: so that nothing takes ten seconds. */
export interface WriterTuning {
  tickMs?: number;
  refreshMs?: number;
  queueBytes?: number;
  maxUnits?: number;
  delays?: Partial<Delays>;
}

const TICK_MS = 10_000;
/** Engines look back five minutes for a value; a series that lives is never that old. */
const REFRESH_MS = 60_000;
/** Zeros of what is new after a pause: older ones could be refused. */
const MAX_BIRTH_MS = 600_000;

/** What `/api/stats` tells of it. */
export interface WriteStats extends Omit<Delivery, 'refused' | 'left'> {
  url: string;
  engine: Target['engine'] | null;
  /** null until the target has told. */
  histograms: HistogramName | null;
  /** Of remote write: what the target reads, as far as it is known. */
  message: MessageName;
  instance: string;
  /** Things that are written: a metric with its labels. */
  units: number;
  queued: { requests: number; bytes: number };
  ticks: number;
  /** Ticks that could not be written whole, for want of room or since the target is not known yet. */
  skippedTicks: number;
  /** Times that the clock went back behind a tick. */
  clockBack: number;
  /** Samples by cause; `moved` ones count, in the bucket beside their own. */
  dropped: { refused: number; left: number; series: number; names: number; members: number };
  moved: number;
  forgotten: number;
}

/** A tick under way. */
interface Run {
  at: number;
  before: number;
  rest: Iterator<Unit>;
  /** Some unit found no room. */
  isSkipped: boolean;
}

/**
 * Writes what a store is told to a Prometheus-compatible engine: cumulative values every ten seconds, only
 * those that changed.
 *
 * The value at a tick holds exactly what arrived before it, although thousands of series take a while to
 * write: a unit that gets samples while a tick is under way is written first.
 */
export class Writer {
  readonly #options: WriterOptions;
  readonly #store: MemoryStore;
  readonly #ticks: Ticks;
  readonly #refreshMs: number;
  readonly #queue: Queue;
  readonly #request: RequestBuilder;
  readonly #sender: Sender;
  readonly #exchange = new Exchange();
  readonly #headers: Record<string, string>;
  readonly #address: ReturnType<typeof addressOf>;
  readonly #shape: Shape = { kindOf: undefined, name: undefined, moved: 0 };
  readonly #units: Units;
  readonly #instance: string;
  readonly #delays: Delays;
  #target: Target | undefined;
  #asking: Promise<void> | undefined;
  #run: Run | undefined;
  #written = 0;
  #skipped = 0;
  #clockBack = 0;
  #isBack = false;
  #isClosing = false;

  constructor(store: MemoryStore, options: WriterOptions) {
    const { clock, labels, maxSeries, tuning = {}, warn, version } = options;
    this.#options = options;
    this.#store = store;
    this.#address = addressOf(options.url);
    this.#ticks = new Ticks(tuning.tickMs ?? TICK_MS, clock());
    this.#refreshMs = tuning.refreshMs ?? REFRESH_MS;
    this.#queue = new Queue(tuning.queueBytes);
    this.#delays = { ...DELAYS, ...tuning.delays };
    const { authorization, shown } = this.#address;
    this.#headers = {
      'user-agent': `routemeter-live/${version}`,
      ...(authorization === undefined ? {} : { authorization }),
      ...options.headers,
    };
    this.#sender = new Sender({
      queue: this.#queue,
      exchange: this.#exchange,
      headers: this.#headers,
      shown,
      delays: this.#delays,
      clock,
      warn,
    });
    this.#request = new RequestBuilder(
      () => this.#sender.message,
      (batch) => {
        this.#queue.push(batch);
        this.#sender.wake();
      },
    );
    this.#instance = `${labels.get('host')}:${clock().toString(36)}`;
    this.#units = new Units({
      labels: new Map([['job', 'routemeter'], ...labels]),
      instance: this.#instance,
      most: tuning.maxUnits ?? 3 * maxSeries + 1024,
      shape: this.#shape,
    });
    store.onClose = (series, cell, second) => this.#take(series, cell, second * 1000);
    this.#know();
  }

  /** Where it writes to, for people to read. */
  get url(): string {
    return this.#address.shown;
  }

  /** Whether it is still asking, or writing a tick. */
  get isBusy(): boolean {
    return this.#asking !== undefined || this.#run !== undefined;
  }

  /** To be called often; writes when it is time. */
  tick(): void {
    const now = this.#options.clock();
    const isBack = now < this.#ticks.before;
    if (isBack && !this.#isBack) this.#clockBack++;
    this.#isBack = isBack;
    if (now < this.#ticks.due) return;
    this.#store.tick();
    this.#advance(now);
  }

  /** Writes what there is, and waits a moment until it was taken. */
  async close(): Promise<void> {
    const { clock, histograms } = this.#options;
    const end = performance.now() + this.#delays.exit;
    this.#store.closeNow();
    this.#store.onClose = undefined;
    this.tick();
    this.#finish();
    if (this.#units.size > 0 && this.#target === undefined) {
      await Promise.race([this.#asking, sleep(this.#delays.exit / 2, undefined, { ref: false })]);
    }
    this.#isClosing = true;
    // Whoever it is that does not tell: the usual path, and what everybody reads.
    if (this.#target === undefined) this.#found(unknownTarget(this.#address, histograms));
    // A tick that is not one: no later one will tell what came since the last.
    const { before } = this.#ticks;
    this.#begin(Math.max(clock(), before + 1), before);
    this.#finish();
    await this.#sender.close(end - performance.now());
  }

  stats(): WriteStats {
    const { refused, left, ...delivery } = this.#sender.delivery;
    const { dropped, droppedMembers, forgotten, size } = this.#units;
    return {
      url: this.url,
      engine: this.#target?.engine ?? null,
      histograms: this.#shape.name ?? null,
      message: this.#sender.message,
      instance: this.#instance,
      units: size,
      queued: { requests: this.#queue.length, bytes: this.#queue.bytes },
      ticks: this.#written,
      skippedTicks: this.#skipped,
      clockBack: this.#clockBack,
      ...delivery,
      dropped: { refused, left, ...dropped, members: droppedMembers },
      moved: this.#shape.moved,
      forgotten,
    };
  }

  /** The samples of a second. */
  #take(series: SeriesKey, cell: Readonly<Cell>, second: number): void {
    if (second >= this.#ticks.due) this.#advance(second);
    const unit = this.#units.of(series, cell, second);
    if (unit === undefined) {
      this.#sender.tell('room', 'too many series, or names that another metric has; see /api/stats');
      return;
    }
    const run = this.#run;
    if (run !== undefined && unit.visitedAt !== run.at) this.#visit(unit, run);
    unit.take(cell);
  }

  #advance(now: number): void {
    this.#finish();
    const { due, before } = this.#ticks;
    this.#ticks.pass(now);
    this.#begin(due, before);
    void this.#goOn();
  }

  #begin(at: number, before: number): void {
    this.#know();
    this.#run = { at, before, rest: this.#units.all()[Symbol.iterator](), isSkipped: false };
  }

  /** Writes bit by bit, so that sockets are read meanwhile. */
  async #goOn(): Promise<void> {
    const run = this.#run;
    const pause = breathe();
    while (this.#run === run && run !== undefined && this.#step(run)) {
      const resting = pause();
      if (resting !== undefined) await resting;
    }
  }

  #finish(): void {
    const run = this.#run;
    if (run === undefined) return;
    while (this.#step(run)) {
      // One unit at a time.
    }
  }

  /** Writes the next unit; false when that was the last. */
  #step(run: Run): boolean {
    const next = run.rest.next();
    if (next.done !== true) {
      if (next.value.visitedAt !== run.at) this.#visit(next.value, run);
      return true;
    }
    this.#run = undefined;
    this.#request.flush();
    if (run.isSkipped) this.#skipped++;
    else this.#written++;
    return false;
  }

  #visit(unit: Unit, run: Run): void {
    unit.visitedAt = run.at;
    const { retention } = this.#options;
    const isRefresh = !unit.isChanged;
    if (isRefresh) {
      if (unit.writtenAt === undefined || run.at - unit.writtenAt < this.#refreshMs) return;
      if (run.at - unit.lastAt > retention * 1000) return;
    }
    if (this.#target === undefined || (this.#queue.isFull && !this.#isClosing)) {
      if (isRefresh) return;
      unit.skippedFrom ??= run.before;
      run.isSkipped = true;
      return;
    }
    unit.write(this.#request, this.#timesOf(unit, run, isRefresh), isRefresh);
    unit.isChanged = false;
    unit.writtenAt = run.at;
    unit.skippedFrom = undefined;
    this.#request.divide();
  }

  /**
   * After a tick that was skipped nobody knows when a value changed: without the value before, the gap is
   * shown as one, and an increase over all of it is exact. Something new began where the gap did.
   */
  #timesOf(unit: Unit, { at, before }: Run, isRefresh: boolean) {
    const birth = Math.max(unit.skippedFrom ?? before, at - MAX_BIRTH_MS);
    if (unit.writtenAt === undefined) return { at, before: birth, birth };
    const isGap = isRefresh || unit.skippedFrom !== undefined || unit.writtenAt >= before;
    return { at, before: isGap ? undefined : before, birth };
  }

  /** Asks the target what it is, until it tells. */
  #know(): void {
    if (this.#target !== undefined || this.#asking !== undefined || this.#isClosing) return;
    const { histograms } = this.#options;
    const { write } = this.#address;
    if (histograms !== 'auto' && write !== undefined) {
      this.#found(unknownTarget(this.#address, histograms));
      return;
    }
    this.#asking = detect(this.#address, this.#exchange, this.#headers)
      .then(
        (target) => this.#found(histograms === 'auto' ? target : { ...target, histograms }),
        (error: Error) => {
          if (!this.#isClosing) this.#sender.tell('no answer', `no answer: ${error.message}`);
        },
      )
      .finally(() => {
        this.#asking = undefined;
      });
  }

  #found(target: Target): void {
    if (this.#target !== undefined) return;
    this.#target = target;
    this.#shape.name = target.histograms;
    this.#shape.kindOf = kindsOf(target.histograms, this.#options.bounds ?? new BucketBounds());
    if (target.problem !== undefined) this.#sender.tell('problem', target.problem);
    this.#sender.start(target.write, target.message);
  }
}

/** Classic and custom histograms have the bounds of their metric's unit, the others one set of buckets for all. */
function kindsOf(name: HistogramName, bounds: BucketBounds): NonNullable<Shape['kindOf']> {
  if (name === 'native') return () => native;
  if (name === 'vmrange') return () => vmrange;
  const kinds = new Map<readonly number[], HistogramKind>();
  return (metric, type) => {
    const its = bounds.of(metric, type);
    let kind = kinds.get(its);
    if (kind === undefined) {
      kind = name === 'custom' ? custom(its) : classic(its);
      kinds.set(its, kind);
    }
    return kind;
  };
}
