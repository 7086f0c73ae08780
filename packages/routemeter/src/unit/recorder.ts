import { engine } from '../attribution/index.ts';
import {
  type Account,
  DelayBook,
  type MeterCore,
  type MetricType,
  mergeTags,
  type Series,
  type SeriesFinder,
  type Tag,
} from '../books/index.ts';
import { culpritTags, delaysOf, keyOf } from './culprits.ts';
import type { Recorder, Unit } from './unit.ts';

/**
 * Turns ended units of work into samples of one meter: their wall time, CPU and the loop split, their
 * blocks, their calls, and what they used after their end. What its kind adds is the business of those
 * that extend it.
 */
export abstract class UnitRecorder implements Recorder {
  readonly finder: SeriesFinder;
  protected readonly core: MeterCore;
  protected readonly type: MetricType;
  protected readonly rate: number;
  private readonly breakdown: boolean;
  private readonly cpuRate: number;
  private readonly lateRate: number;

  constructor(finder: SeriesFinder) {
    const { core } = finder;
    const { config, outputs, beforeTick } = core;
    this.finder = finder;
    this.core = core;
    this.type = config.timings;
    this.breakdown = config.breakdown || outputs.some((output) => output.wantsBreakdown);
    this.rate = config.sampleRate;
    this.lateRate = typeof config.cpu === 'number' ? config.cpu : 1;
    this.cpuRate = this.rate * this.lateRate;
    beforeTick.push(() => this.collect());
  }

  abstract interim(unit: Unit): Account;

  abstract pending(unit: Unit): Account;

  /** All that units were recorded in. */
  protected abstract accounts(): Iterable<Account>;

  /**
   * The name of a unit, whose times are final, is final, too: what waited for that goes on.
   *
   * @returns the account of its own samples, null where nothing is recorded.
   */
  protected named(unit: Unit, account: Account): Account | null {
    const { server } = unit;
    const own = server === null || !this.core.wantsServers ? account : account.of(server.tags);
    unit.account = account;
    unit.late = own;
    if (unit.waiting !== null) endWaiting(unit, account.isIgnored);
    unit.waits?.named();
    if (!account.isIgnored) return own;
    unit.blocks = null;
    return null;
  }

  protected recordBlocks(unit: Unit): void {
    const { blocks } = unit;
    if (blocks === null) return;
    unit.blocks = null;
    for (const block of blocks) block.owner.record(block, unit.account!);
  }

  /** `withSplit`: whether the loop split adds up to what was recorded as its wall time. */
  protected recordCpu(unit: Unit, account: Account, withSplit = true): void {
    if (!unit.exact) return;
    const rate = this.cpuRate * unit.rate;
    if (isOther(account.cpu, rate)) account.cpu = this.part('cpu', account, rate, false);
    this.put(account.cpu, unit.cpu);
    if (!this.breakdown || !withSplit) return;
    if (isOther(account.busy, rate)) account.busy = this.part('loop_busy', account, rate, true);
    if (isOther(account.stalled, rate)) account.stalled = this.part('stalled', account, rate, true);
    this.put(account.busy, unit.loopBusy);
    this.put(account.stalled, unit.stalled);
  }

  protected put(series: Series | null, value: number): void {
    const { core } = this;
    if (core.closed) core.drop('closed');
    else if (series === null) core.drop('cap');
    else series.record(value);
  }

  /**
   * How long the loop kept a unit waiting.
   *
   * @param answered how long it took from its begin until its client had the answer.
   */
  protected recordDelay(unit: Unit, account: Account, answered: number): void {
    const { lag } = unit;
    if (lag === null || !this.core.followDelay()) return;
    account.delays ??= new DelayBook(keyOf);
    const rate = this.cpuRate * unit.rate;
    account.delays.add(lag, 1 / unit.rate);
    if (isOther(account.delayed, rate)) account.delayed = this.part('delayed', account, rate, false, true);
    this.put(account.delayed, lag.delayed);
    if (Number.isNaN(lag.queued)) return;
    if (isOther(account.queued, rate)) account.queued = this.part('queued', account, rate, false, true);
    if (isOther(account.client, rate)) account.client = this.part('client', account, rate, false, true);
    this.put(account.queued, lag.queued);
    this.put(account.client, lag.queued + answered);
  }

  /** What is summed up per flush. */
  protected collect(): void {
    this.collectLate();
    if (this.core.followsDelay) this.collectDelays();
  }

  /** Who kept whom waiting. */
  private collectDelays(): void {
    engine().tellDelays();
    const all = delaysOf(this.accounts());
    if (!this.breakdown) return;
    for (const { account, part, culprit, ms } of all) {
      const own = [...account.tags, ...culpritTags(part, culprit)];
      const tags = mergeTags(this.finder.baseTags, own);
      const series = this.resolve(delayOf(account.metric), 'count', tags, this.cpuRate, true, true);
      if (series === null) this.core.drop('cap');
      else series.add(ms);
    }
  }

  protected collectLate(): void {
    for (const account of this.accounts()) {
      if (account.lateCpu <= 0) continue;
      const ms = account.lateCpu;
      account.lateCpu = 0;
      const tags = mergeTags(this.finder.baseTags, account.tags);
      const series = this.resolve(after(account.metric), 'count', tags, this.lateRate, false);
      if (series === null) this.core.drop('cap');
      else series.add(ms);
    }
  }

  protected resolve(
    metric: string,
    type: MetricType,
    tags: readonly Tag[],
    rate: number,
    breakdown: boolean,
    delay = false,
  ): Series | null {
    const { prefix } = this.finder;
    const id = { metric: prefix + metric, type, tags, rate, own: true, breakdown };
    return this.core.resolve(delay ? { ...id, delay } : id);
  }

  private part(
    leaf: string,
    account: Account,
    rate: number,
    breakdown: boolean,
    delay = false,
  ): Series | null {
    const tags = mergeTags(this.finder.baseTags, account.tags);
    return this.resolve(`${account.metric}.${leaf}`, this.type, tags, rate, breakdown, delay);
  }
}

/** Whether a sample with this rate goes into another series than the last one did. */
function isOther(series: Series | null, rate: number): boolean {
  return series === null || series.dead || series.id.rate !== rate;
}

/** Ends the blocks of queries that were never begun; those of an ignored unit are only closed. */
function endWaiting(unit: Unit, isIgnored: boolean): void {
  const { waiting } = unit;
  unit.waiting = null;
  for (const block of waiting!) {
    if (isIgnored) engine().close(block);
    else block.end();
  }
}

/** The metric of who kept units waiting: `http.server.request` has `http.server.delay`. */
function delayOf(metric: string): string {
  return metric.replace(/[^.]*$/, 'delay');
}

/** The metric of CPU used after the end: `http.server.request` has `http.server.cpu_after`. */
function after(metric: string): string {
  return metric.replace(/[^.]*$/, 'cpu_after');
}
