import {
  CpuSampler,
  type DelayMode,
  engine,
  type Measured,
  outside,
  type Work,
} from '../attribution/index.ts';
import type { Config } from '../config/index.ts';
import { textOf, warnOnce } from '../errors/index.ts';
import type { DropCause, Output } from '../outputs/index.ts';
import { now } from '../platform/index.ts';
import { Registry, type Series, type SeriesId, type Tag } from '../series/index.ts';
import { leavers } from './exit.ts';
import { type Kept, keep } from './keeper.ts';
import type { CpuStats, MeterStats, OutputStats } from './stats.ts';

const SWEEP_MS = 30_000;
/** https://docs.datadoghq.com/account_management/billing/custom_metrics: count, min, max, sum and average. */
const CUSTOM_METRICS_PER_DISTRIBUTION = 5;

/** What a meter and its children share: series, outputs, the flush tick and the books. */
export class MeterCore implements Kept {
  readonly config: Config;
  readonly appTags: readonly Tag[];
  readonly registry: Registry;
  readonly outputs: readonly Output[];
  /** Whether any output tells servers apart: without one no series are made for it. */
  readonly wantsServers: boolean;
  /** Kinds of calls to upstreams that some output sends. */
  readonly callKinds: ReadonlySet<string>;
  readonly followsCalls: boolean;
  private readonly wantsDelay: boolean;
  /** They are estimated by now. */
  followsDelay = false;
  /** Called before each tick collects, for what is summed up per flush. */
  readonly beforeTick: Array<() => void> = [];
  /** Called when the meter is closed. */
  readonly whenClosed: Array<() => void> = [];
  pending = 0;
  ignoredTags = 0;
  otherCalls = 0;
  droppedCalls = 0;
  otherUnits = 0;
  closed = false;
  private folded = 0;
  private readonly dropped: Partial<Record<DropCause, number>> = {};
  private readonly sampler: CpuSampler;
  private stopKeeping: (() => void) | null = null;
  private sweptAt = 0;
  private isLimited = false;
  private endLimit: (() => void) | null = null;

  constructor(config: Config, outputs: readonly Output[]) {
    this.config = config;
    this.outputs = outputs;
    this.wantsServers = outputs.some((output) => output.wantsServers);
    this.callKinds = new Set(config.enabled ? outputs.flatMap((output) => output.upstreams) : []);
    this.followsCalls = this.callKinds.size > 0;
    this.wantsDelay = config.enabled && outputs.some((output) => output.wantsDelay);
    this.sampler = new CpuSampler(typeof config.cpu === 'number' ? config.cpu : 0);
    this.appTags = config.tags.map(([key, value]) => ({ key, value, origin: 'app' }));
    this.registry = new Registry(config.maxSeries, (series) => outside(() => this.drain(series)));
  }

  /** From here on the waits of requests for the loop are estimated, if some output sends them. Tells whether they are. */
  followDelay(): boolean {
    if (!this.wantsDelay || this.closed) return false;
    const { mode, why } = this.delayMode();
    if (mode === 'off') {
      // Who never asked for it, as under routemeter-live alone, is told by `stats()`.
      if (this.config.delay)
        warnOnce('RM_DELAY_OFF', 'delay', `the option "delay" is without effect: ${why}`);
      return false;
    }
    if (!this.followsDelay) {
      this.followsDelay = true;
      this.whenClosed.push(engine().followDelays());
    }
    return true;
  }

  private delayMode(): DelayMode {
    if (!this.wantsDelay) return { mode: 'off', why: 'no output asks for it; the option "delay" does' };
    if (this.config.cpu === 'off')
      return { mode: 'off', why: 'it needs CPU, which the option "cpu" switched off' };
    return engine().delayMode();
  }

  /** The series of an identity, or null when there is no place for it. */
  resolve(id: SeriesId): Series | null {
    if (this.stopKeeping === null && !this.closed) this.start();
    return this.registry.resolve(id, now());
  }

  /**
   * Whether a unit of work, or a block outside one, that opens now is measured exactly.
   *
   * @param outer what takes its CPU over: the two are measured together, or the sum would lack a part.
   */
  sampleCpu(work: Work, outer: Work | null = null): boolean {
    if (outer !== null) {
      work.slice = outer.slice;
      return outer.exact;
    }
    if (this.config.cpu !== 'auto') return this.sampler.next();
    if (!this.isLimited) this.limit();
    return this.endLimit === null || engine().choose(work);
  }

  private limit(): void {
    this.isLimited = true;
    const loop = engine();
    // The first copy of the library that was loaded made it, of whatever version.
    if (!this.config.enabled || this.closed || typeof loop.limit !== 'function') return;
    this.endLimit = loop.limit(this.config.cpuCeiling);
    this.whenClosed.push(this.endLimit);
  }

  /** Whether a sample is taken now; one for a closed meter is dropped and counted. */
  recording(): boolean {
    if (this.closed) this.drop('closed');
    return this.config.enabled && !this.closed;
  }

  /** Whether a sample with this rate is recorded. */
  chosen(rate: number): boolean {
    return rate >= 1 || Math.random() < rate;
  }

  drop(cause: DropCause, samples = 1): void {
    this.dropped[cause] = (this.dropped[cause] ?? 0) + samples;
  }

  /** Hands a ready line to every output that speaks the dialect it was made for. */
  line(make: (output: Output) => string | null): void {
    if (this.stopKeeping === null && !this.closed) this.start();
    outside(() => {
      for (const output of this.outputs) {
        const text = make(output);
        if (text === null) output.refuse('unsupported');
        else output.line(text);
      }
    });
  }

  private start(): void {
    this.stopKeeping = outside(() => keep(this, this.config.flushMs));
  }

  tick(): void {
    try {
      this.collect();
      for (const output of this.outputs) output.tick();
    } catch (error) {
      warnOnce('RM_INTERNAL', 'tick', `a flush failed and was contained: ${textOf(error)}`);
    }
  }

  private collect(): void {
    for (const before of this.beforeTick) before();
    for (const series of this.registry.values()) {
      if (series.samples > 0) this.drain(series);
    }
    const time = now();
    if (time - this.sweptAt < SWEEP_MS) return;
    this.sweptAt = time;
    this.registry.sweep(time);
  }

  private drain(series: Series): void {
    for (const output of this.outputs) output.write(series);
    if (series.overflow) this.folded += series.samples;
    series.touched = now();
    series.clear();
  }

  async flush(): Promise<void> {
    await outside(() => {
      this.collect();
      return Promise.all(this.outputs.map((output) => output.flush()));
    });
  }

  async close(): Promise<void> {
    if (this.closed) return;
    this.collect();
    this.closed = true;
    this.stopKeeping?.();
    for (const end of this.whenClosed) end();
    await Promise.all(this.outputs.map((output) => output.close()));
  }

  /** The end of the process: whatever can go without the event loop goes now. */
  leave(): void {
    try {
      this.collect();
      for (const output of this.outputs) {
        output.flushSync(this.config.exitWaitMs);
        const { unresolved = 0, exit = 0 } = output.ledger.dropped;
        if (unresolved + exit > 0)
          warnOnce(
            'RM_EXIT_LOSS',
            output.url,
            `${unresolved + exit} samples for ${output.url} were lost at exit: ${unresolved > 0 ? 'its name was not resolved' : 'it was not reached, or did not read'} within exitWaitMs (${this.config.exitWaitMs} ms)`,
          );
      }
    } catch (error) {
      warnOnce('RM_INTERNAL', 'exit', `the last flush failed and was contained: ${textOf(error)}`);
    }
  }

  stats(): MeterStats {
    let customMetrics = 0;
    for (const { id } of this.registry.values()) {
      if (id.breakdown && !this.config.breakdown) continue;
      if (id.delay === true && !this.config.delay) continue;
      customMetrics +=
        id.type === 'distribution' || id.type === 'histogram' || id.type === 'timing'
          ? CUSTOM_METRICS_PER_DISTRIBUTION
          : 1;
    }
    const outputs = this.outputs.map((output) => this.outputStats(output));
    const { url: _, ...main } = outputs[0] ?? { ...NOTHING };
    return {
      ...main,
      series: this.registry.size,
      customMetrics,
      folded: this.folded + this.waiting((series) => series.overflow),
      pending: this.pending,
      otherCalls: this.otherCalls,
      droppedCalls: this.droppedCalls,
      otherUnits: this.otherUnits,
      ignoredTags: this.ignoredTags,
      cpu: this.cpuMode(),
      delay: this.delayMode(),
      outputs,
    };
  }

  /** What of the CPU is measured under the ceiling; null where this meter has none. */
  measured(): Measured | null {
    return this.endLimit === null ? null : engine().measured();
  }

  private cpuMode(): CpuStats {
    const { cpu } = this.config;
    if (cpu === 'off') return { mode: 'off', why: 'switched off by the option "cpu"', share: 0 };
    const { mode, why } = engine().cpuMode();
    if (cpu !== 'auto') return { mode, why, share: cpu };
    const measured = this.measured();
    if (measured === null || measured.why === '') return { mode, why, share: 1 };
    return { mode, why: `${why}; ${measured.why}`, share: measured.share };
  }

  private outputStats(output: Output): OutputStats {
    const { ledger } = output;
    const inSeries = this.waiting((series) => output.takes(series.id));
    const dropped = { ...ledger.dropped };
    let before = 0;
    for (const [cause, samples] of Object.entries(this.dropped) as Array<[DropCause, number]>) {
      dropped[cause] = (dropped[cause] ?? 0) + samples;
      before += samples;
    }
    const { handed, lines, payloads, bytes, unconfirmed } = ledger;
    return {
      url: output.url,
      samples: ledger.taken + inSeries + before,
      handed,
      waiting: ledger.waiting + inSeries,
      dropped,
      unconfirmed,
      lines,
      payloads,
      bytes,
    };
  }

  private waiting(counts: (series: Series) => boolean): number {
    let samples = 0;
    for (const series of this.registry.values()) if (counts(series)) samples += series.samples;
    return samples;
  }
}

const NOTHING: OutputStats = {
  url: '',
  samples: 0,
  handed: 0,
  waiting: 0,
  dropped: {},
  unconfirmed: 0,
  lines: 0,
  payloads: 0,
  bytes: 0,
};

/** The meters of this process that have recorded anything and are not closed, from every copy of the library. */
export function runningMeters(): MeterCore[] {
  return [...leavers()].filter((leaver): leaver is MeterCore => 'registry' in leaver);
}
