import { engine, type Work } from '../attribution/index.ts';
import {
  type MeterCore,
  type MeterStats,
  mergeTags,
  REQUEST_TAGS,
  SeriesFinder,
  TAG_CHARACTERS,
  tagText,
  userTags,
} from '../books/index.ts';
import type { TagInput } from '../config/index.ts';
import { textOf, warnOnce } from '../errors/index.ts';
import { shorten } from '../outputs/index.ts';
import type { ProfileOptions, RouteProfile } from '../profile/index.ts';
import type { MetricType, Tag } from '../series/index.ts';
import {
  Block,
  Blocks,
  currentUnit,
  follow,
  isPromise,
  isThenable,
  settle,
  type UnitParts,
  WorkRecorder,
  type WorkUnit,
} from '../unit/index.ts';
import { firstUnit } from './first-unit.ts';
import type { CheckOptions, EventOptions, MetricOptions } from './options.ts';
import { type Around, type TimedDecorator, wrapOrDecorate } from './timed.ts';
import { checkWork, readWork, type WorkOptions } from './work.ts';

const first = firstUnit();

/** What a child adds. */
export interface ChildOptions {
  /** Stands between the meter's prefix and the name. */
  prefix?: string | undefined;
  tags?: TagInput | undefined;
}

/**
 * Records metrics and hands them to its outputs. Made by `createMeter()`; none of its methods
 * throws for anything that is recorded, and errors of the functions it runs pass through unchanged.
 *
 * @example
 * const meter = createMeter({ prefix: 'myapp' })
 * meter.increment('logins', 1, { tags: { plan: 'free' } })
 * const page = await meter.time('render', () => render(user))
 */
export class Meter {
  /** @internal */
  readonly core: MeterCore;
  /** @internal */
  readonly finder: SeriesFinder;
  private readonly blocks: Blocks;
  private works: WorkRecorder | null = null;
  private readonly ownTags: readonly Tag[];

  /** @internal */
  constructor(core: MeterCore, prefix = '', ownTags: readonly Tag[] = []) {
    this.core = core;
    this.ownTags = ownTags;
    this.finder = new SeriesFinder(core, prefix, ownTags);
    this.blocks = new Blocks(this.finder);
  }

  /** Whether this meter records at all. */
  get enabled(): boolean {
    return this.core.config.enabled;
  }

  /**
   * Runs `fn` as a block and returns its result; what it throws passes through and tags the block
   * `error:<class>`. Emits `name` (wall) and `name.cpu`, in milliseconds, with the route and method
   * of the request around it. A promise ends the block when it settles. Any other object with a `then`,
   * as query builders have, is handed back as it is: the block ends when it settles for the first time
   * after the application awaited it (or called `exec()` or `execute()`), and what that runs belongs to
   * the block. One that is never begun ends with its request; outside of one it is not recorded. A meter
   * that is switched off calls `fn` and reads no clock: the block's times stay 0.
   */
  time<T>(name: string, fn: (block: Block) => T, tags?: TagInput): T {
    if (!this.enabled) return fn(this.unmeasured(name, tags));
    const block = this.open(name, tags);
    let result: T;
    try {
      result = this.needsContext(block)
        ? engine().run(block, call<Block, T>, undefined, fn, block, undefined)
        : fn(block);
    } catch (error) {
      block.fail(error, true);
      throw error;
    }
    if (isPromise(result)) {
      engine().hold(block);
      return settle(block, result) as T;
    }
    if (isThenable(result)) follow(block, result, this.needsContext(block));
    else block.finish(true);
    return result;
  }

  /**
   * Opens a block that ends with `.end()` or at the end of a `using` declaration's scope. Prefer
   * `time()`, whose inner work is told apart wherever it runs.
   *
   * @example
   * using block = meter.block('render')
   */
  block(name: string, tags?: TagInput): Block {
    if (!this.enabled) return this.unmeasured(name, tags);
    const block = this.open(name, tags);
    engine().enter(block);
    engine().hold(block);
    return block;
  }

  /**
   * Runs `fn` as a unit of work of its own, as a request is one: a job, a message, something that runs on
   * a schedule. Returns its result; what it throws passes through. Emits its wall time with `outcome`, and
   * `error_type` where it failed, its CPU, and with `breakdown` the loop split, under the metric of its kind:
   * `work.run`, `messaging.process`, `rpc.server.call` or `graphql.server.operation`. Blocks and upstream calls inside carry its name
   * in place of a route. Begun inside a request or another unit it is charged to itself alone. A promise
   * ends it when it settles; what else has a `then` is treated as `time` does. A meter that is switched off
   * calls `fn` and reads no clock. Options that make no sense are left out, and reported once.
   *
   * @example
   * await meter.work('welcome', () => send(mail), { kind: 'job', system: 'bullmq', destination: 'mails' })
   */
  work<T>(name: string, fn: (unit: WorkUnit) => T, options?: WorkOptions): T {
    const { parts, tags } = readWork(name, options);
    const unit = this.openWork(parts, tags);
    if (unit.ended) return fn(unit);
    let result: T;
    try {
      result = engine().run(unit, call<WorkUnit, T>, undefined, fn, unit, undefined);
    } catch (error) {
      unit.fail(error, true);
      throw error;
    }
    if (isPromise(result)) {
      engine().hold(unit);
      return settle(unit, result) as T;
    }
    if (isThenable(result)) follow(unit, result, true);
    else unit.finish(true);
    return result;
  }

  /**
   * Wraps a function, or decorates a method, so that each call is a unit of work. Without a name it is the
   * function's own, for methods `Class.method`.
   *
   * @throws RoutemeterError RM_OPTION_INVALID for options that make no sense.
   *
   * @example
   * const nightly = meter.worked('nightly report', async () => build(), { kind: 'cron' })
   */
  // biome-ignore lint/suspicious/noExplicitAny: the signature passes through
  worked<F extends (...args: any[]) => any>(fn: F, options?: WorkOptions): F;
  // biome-ignore lint/suspicious/noExplicitAny: the signature passes through
  worked<F extends (...args: any[]) => any>(name: string, fn: F, options?: WorkOptions): F;
  worked(name: string, options?: WorkOptions): TimedDecorator;
  worked(options?: WorkOptions): TimedDecorator;
  worked(first?: unknown, second?: unknown, third?: unknown): unknown {
    return workedBy(() => this, first, second, third);
  }

  /** @internal A unit of work that is open, and whose code `engine().run` runs; ended already where nothing is measured. */
  openWork(parts: UnitParts, tags?: TagInput): WorkUnit {
    const works = (this.works ??= new WorkRecorder(this.finder));
    if (!this.enabled) return works.unmeasured(parts);
    if (first.act !== null) tellFirst();
    const unit = works.unit(parts, tags);
    engine().open(unit, this.core.sampleCpu(unit));
    works.opened(unit);
    return unit;
  }

  /**
   * Wraps a function, or decorates a method, so that each call is a block. Without a name it is the
   * function's own, for methods `Class.method`.
   *
   * @example
   * const load = meter.timed('load', async (id: string) => db.find(id))
   */
  // biome-ignore lint/suspicious/noExplicitAny: the signature passes through
  timed<F extends (...args: any[]) => any>(fn: F): F;
  // biome-ignore lint/suspicious/noExplicitAny: the signature passes through
  timed<F extends (...args: any[]) => any>(name: string, fn: F): F;
  timed(name?: string): TimedDecorator;
  timed(first?: unknown, second?: unknown): unknown {
    return timedBy(() => this, first, second);
  }

  /** A time in milliseconds, of type `ms`. */
  timing(name: string, value: number, options?: MetricOptions): void {
    this.sample('timing', name, value, options);
  }

  /** A value of type `h`: the server makes count, average and percentiles per host. */
  histogram(name: string, value: number, options?: MetricOptions): void {
    this.sample('histogram', name, value, options);
  }

  /** A value of type `d`: percentiles over all hosts. */
  distribution(name: string, value: number, options?: MetricOptions): void {
    this.sample('distribution', name, value, options);
  }

  /** Adds to a counter, which is summed per flush. Default 1. */
  count(name: string, value = 1, options?: MetricOptions): void {
    this.sample('count', name, value, options);
  }

  /** Adds 1, or `value`, to a counter. */
  increment(name: string, value = 1, options?: MetricOptions): void {
    this.sample('count', name, value, options);
  }

  /** Takes 1, or `value`, from a counter. */
  decrement(name: string, value = 1, options?: MetricOptions): void {
    // A symbol, or what throws when it is read, has no negative: `sample` refuses it.
    this.sample('count', name, typeof value === 'number' ? -value : value, options);
  }

  /** Sets a gauge; the last value of a flush is sent. */
  gauge(name: string, value: number, options?: MetricOptions): void {
    this.sample('gauge', name, value, options);
  }

  /** Counts distinct members. */
  set(name: string, member: string | number, options?: MetricOptions): void {
    if (!this.core.recording()) return;
    try {
      const series = this.finder.plain('set', String(name), options?.tags, 1, currentUnit());
      if (series === null || !series.insert(shorten(String(member), TAG_CHARACTERS))) this.core.drop('cap');
    } catch (error) {
      this.contain(error);
    }
  }

  /** Sends an event (Datadog only; elsewhere dropped and counted). */
  event(title: string, text = '', options?: EventOptions): void {
    if (!this.core.recording()) return;
    try {
      const { priority, alertType, aggregationKey, sourceType, hostname, timestamp } = options ?? {};
      const tags = this.finder.merge(options?.tags, currentUnit());
      const line = {
        title: textOf(title),
        text: textOf(text),
        tags,
        priority,
        alertType,
        aggregationKey,
        sourceType,
        hostname,
        timestamp,
      };
      this.core.line((output) => output.dialect.event(line));
    } catch (error) {
      this.contain(error);
    }
  }

  /** Sends a service check: 0 ok, 1 warning, 2 critical, 3 unknown (Datadog only; elsewhere dropped and counted). */
  check(name: string, status: 0 | 1 | 2 | 3, options?: CheckOptions): void {
    if (!this.core.recording()) return;
    try {
      const { message, hostname, timestamp } = options ?? {};
      const line = {
        name: this.finder.prefix + textOf(name),
        status,
        tags: this.finder.merge(options?.tags, currentUnit()),
        message,
        hostname,
        timestamp,
      };
      this.core.line((output) => output.dialect.check(line));
    } catch (error) {
      this.contain(error);
    }
  }

  /** Tags the request in flight and its plain metrics; counted and ignored outside one, and beyond 32 tags. */
  tag(key: string, value: string | number | boolean): void {
    const unit = currentUnit();
    if (unit === null || unit.ended) {
      this.core.ignoredTags++;
      return;
    }
    unit.tags ??= new Map();
    const text = tagText(key);
    if (unit.tags.size < REQUEST_TAGS || unit.tags.has(text)) unit.tags.set(text, tagText(value));
    else this.core.ignoredTags++;
  }

  /** Names the request in flight, for what a framework's route map cannot tell: GraphQL operations, RPC procedures. */
  route(template: string): void {
    const unit = currentUnit();
    if (unit === null || unit.ended || !unit.rename(tagText(template))) this.core.ignoredTags++;
  }

  /** A meter that adds tags and a prefix, sharing everything else: `close()` of either closes both. */
  child(options: ChildOptions = {}): Meter {
    const own = this.finder.prefix;
    try {
      const { prefix, tags } = options;
      const longer = prefix ? `${own}${textOf(prefix).replace(/\.$/, '')}.` : own;
      return new Meter(this.core, longer, mergeTags(this.ownTags, userTags(tags)));
    } catch (error) {
      warnOnce(
        'RM_USER_CODE_THREW',
        'child',
        `reading the options of a child threw (${textOf(error)}): they were left out`,
      );
      return new Meter(this.core, own, this.ownTags);
    }
  }

  /**
   * Samples the code of this thread, and tells which functions used each route's CPU, and which held the loop
   * without using any: see docs/profile.md. What it needs is loaded when it is first called. The start holds
   * the loop for as long as V8 takes to walk the heap: about 1 ms for each MB in use.
   *
   * @throws RoutemeterError `RM_OPTION_INVALID`, `RM_OPTION_UNKNOWN`; `RM_PROFILE_REFUSED` while another one
   * runs, where the start would hold the loop longer than `maxStall`, where this meter measures no CPU, and
   * where V8's profiler is not to be had. As a rejection.
   *
   * @example
   * const profile = await meter.profile({ seconds: 10 })
   * writeFileSync('reports.cpuprofile', JSON.stringify(profile.cpuprofile({ route: '/reports' })))
   */
  async profile(options: ProfileOptions = {}): Promise<RouteProfile> {
    return await this.profiled(options);
  }

  /** @internal `started`: called with how long the start held the loop, in ms. */
  async profiled(options: ProfileOptions, started?: (held: number) => void): Promise<RouteProfile> {
    const [{ takeProfile }, { Naming }] = await Promise.all([
      import('../profile/take.ts'),
      import('./naming.ts'),
    ]);
    const { enabled, cpu } = this.core.config;
    const { nameOf, blockOf } = new Naming();
    return await takeProfile(options, { nameOf, blockOf, enabled, cpu }, started);
  }

  /** Resolves when everything recorded so far was handed to the system or dropped and counted. Never rejects. */
  flush(): Promise<void> {
    return this.core.flush();
  }

  /** Flushes, then ends timers and sockets; what is recorded later is dropped and counted. Never rejects. */
  close(): Promise<void> {
    return this.core.close();
  }

  /** The books: samples, series, lines, payloads, bytes, what was dropped and why. */
  stats(): MeterStats {
    return this.core.stats();
  }

  private unmeasured(name: string, tags: TagInput | undefined): Block {
    const block = new Block(textOf(name), null, this.blocks, tags);
    block.ended = true;
    return block;
  }

  private open(name: string, tags: TagInput | undefined): Block {
    const parent: Work | null = engine().current();
    const block = new Block(textOf(name), parent, this.blocks, tags);
    engine().open(block, parent === null ? this.core.sampleCpu(block) : parent.exact);
    return block;
  }

  /**
   * Whether the code of a block runs in a context of its own, which costs half of what a block costs.
   * One that is not measured has nobody charged; what runs in it sees the same request without it, and
   * is not measured either, since the request is not. Outside a request it must keep inner blocks from
   * being chosen, where blocks are. The calls of upstreams belong to a block by its context, too.
   */
  private needsContext(block: Block): boolean {
    if (block.exact || this.core.followsCalls) return true;
    return block.parent === null && this.core.config.cpu !== 'off';
  }

  private sample(type: MetricType, name: string, value: number, options: MetricOptions | undefined): void {
    if (!this.core.recording()) return;
    const { core } = this;
    // A sign before a timing is read as anything, from a difference to a broken line.
    if (typeof value !== 'number' || value - value !== 0 || (type === 'timing' && value < 0)) {
      core.drop('invalid');
      warnOnce(
        'RM_VALUE_INVALID',
        textOf(name),
        `"${textOf(name).slice(0, 80)}" was given ${textOf(value)}, which is no ${type === 'timing' ? 'time' : 'finite number'}: dropped and counted`,
      );
      return;
    }
    try {
      const wanted = type === 'gauge' ? 1 : (options?.sampleRate ?? core.config.sampleRate);
      // A rate that is no number would go over the wire: then all are sent.
      const isSampled = wanted < 1;
      const rate = isSampled ? wanted : 1;
      if (isSampled && Math.random() >= rate) return;
      if (options?.timestamp !== undefined && (type === 'count' || type === 'gauge')) {
        this.timestamped(type, String(name), value, options, rate);
        return;
      }
      const series = this.finder.plain(
        type,
        typeof name === 'string' ? name : String(name),
        options?.tags,
        rate,
        currentUnit(),
      );
      if (series === null) core.drop('cap');
      else if (type === 'count') series.add(value);
      else if (type === 'gauge') series.set(value);
      else series.record(value);
    } catch (error) {
      this.contain(error);
    }
  }

  /** A name or tag whose reading threw. */
  private contain(error: unknown): void {
    this.core.drop('invalid');
    warnOnce(
      'RM_USER_CODE_THREW',
      'metric',
      `reading a name or tag threw (${textOf(error)}): the sample was dropped and counted`,
    );
  }

  private timestamped(
    type: MetricType,
    name: string,
    value: number,
    options: MetricOptions,
    rate: number,
  ): void {
    const id = this.finder.identity(type, name, rate, this.finder.merge(options.tags, currentUnit()), false);
    const timestamp = Number(options.timestamp);
    this.core.line((output) => {
      const [frame] = output.frame(id);
      return frame === undefined ? null : output.dialect.timestamped(frame, value, timestamp);
    });
  }
}

/** `timed` for one meter or for the process's own, found at the first call: decorators run before a meter exists. */
export function timedBy(meter: () => Meter, first: unknown, second: unknown): unknown {
  return wrapOrDecorate((name, fn) => meter().time(name, fn), first, second);
}

/** `worked`, likewise. */
export function workedBy(meter: () => Meter, first: unknown, second: unknown, third: unknown): unknown {
  const isNamed = typeof first === 'string' || typeof second === 'function';
  const options = checkWork(
    typeof second === 'function' ? third : isNamed || typeof first === 'function' ? second : first,
  );
  const around: Around = (name, fn) => meter().work(name, fn, options);
  return wrapOrDecorate(around, first, typeof second === 'function' ? second : undefined);
}

function tellFirst(): void {
  setImmediate(first.act!).unref();
  first.act = null;
}

function call<P, T>(fn: (piece: P) => T, piece: P): T {
  return fn(piece);
}
