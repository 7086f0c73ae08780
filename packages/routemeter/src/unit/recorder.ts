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

/** Units that wait for their name with what threads used for them; beyond, that is lost. */
export const UNNAMED = 10_000;

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
  /** Units whose name is not final, with what other threads used for them. */
  private readonly unnamed: Array<readonly [unit: Unit, ms: number]> = [];
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

  remote(unit: Unit, ms: number): void {
    if (!unit.exact || !(ms > 0)) return;
    // What has the CPU that it used after its end has what others use for it, too.
    const account = unit.late as Account | null;
    if (account !== null) account.remoteCpu += ms;
    else if (this.unnamed.length < UNNAMED) this.unnamed.push([unit, ms]);
  }

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
      const series = this.resolve(summed(account.metric, 'delay'), 'count', tags, this.cpuRate, true, true);
      if (series === null) this.core.drop('cap');
      else series.add(ms);
    }
  }

  protected collectLate(): void {
    for (const [unit, ms] of this.unnamed.splice(0)) {
      if (unit.late !== null || !unit.ended) this.remote(unit, ms);
    }
    for (const account of this.accounts()) {
      const { lateCpu, remoteCpu } = account;
      account.lateCpu = 0;
      account.remoteCpu = 0;
      if (lateCpu > 0) this.addCpu('cpu_after', account, lateCpu);
      if (remoteCpu > 0 && !account.isIgnored) this.addCpu('cpu_remote', account, remoteCpu);
    }
  }

  private addCpu(leaf: string, account: Account, ms: number): void {
    const tags = mergeTags(this.finder.baseTags, account.tags);
    const series = this.resolve(summed(account.metric, leaf), 'count', tags, this.lateRate, false);
    if (series === null) this.core.drop('cap');
    else series.add(ms);
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

/** The metric of what is summed up: `http.server.request` has `http.server.cpu_after`. */
function summed(metric: string, leaf: string): string {
  return metric.replace(/[^.]*$/, leaf);
}
