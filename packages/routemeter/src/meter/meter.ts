import { engine, type Work } from '../attribution/index.ts';
import { type TagInput, tagPairs } from '../config/index.ts';
import { warnOnce } from '../errors/index.ts';
import type { MetricType, Series, SeriesId, Tag } from '../series/index.ts';
import { Block } from './block.ts';
import type { MeterCore } from './core.ts';
import type { CheckOptions, EventOptions, MetricOptions } from './options.ts';
import { currentScope, PENDING_BLOCKS, REQUEST_TAGS, type RequestScope, scopeOf } from './scope.ts';
import type { MeterStats } from './stats.ts';
import { decorator, type TimedDecorator, wrap } from './timed.ts';
import { TagTree } from './tree.ts';

/** What a child adds. */
export interface ChildOptions {
  /** Stands between the meter's prefix and the name. */
  prefix?: string;
  tags?: TagInput;
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
  private readonly prefix: string;
  private readonly ownTags: readonly Tag[];
  private readonly tree: TagTree;

  /** @internal */
  constructor(core: MeterCore, prefix = '', ownTags: readonly Tag[] = []) {
    this.core = core;
    this.prefix = prefix;
    this.ownTags = ownTags;
    this.tree = new TagTree(core.config.maxSeries * 4 + 1024);
  }

  /** Whether this meter records at all. */
  get enabled(): boolean {
    return this.core.config.enabled;
  }

  /**
   * Runs `fn` as a block and returns its result; what it throws passes through and tags the block
   * `error:<class>`. Emits `name` (wall) and `name.cpu`, in milliseconds, with the route and method
   * of the request around it. A result with a `then` ends the block when it settles.
   */
  time<T>(name: string, fn: (block: Block) => T, tags?: TagInput): T {
    const block = this.open(name, tags);
    let result: T;
    try {
      result = engine().run(block, call<T>, undefined, fn, block, undefined);
    } catch (error) {
      block.fail(error);
      throw error;
    }
    if (!isThenable(result)) {
      block.end();
      return result;
    }
    engine().hold(block);
    return settled(block, result) as T;
  }

  /**
   * Opens a block that ends with `.end()` or at the end of a `using` declaration's scope. Prefer
   * `time()`, whose inner work is told apart wherever it runs.
   *
   * @example
   * using block = meter.block('render')
   */
  block(name: string, tags?: TagInput): Block {
    const block = this.open(name, tags);
    engine().hold(block);
    return block;
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
    this.sample('count', name, -value, options);
  }

  /** Sets a gauge; the last value of a flush is sent. */
  gauge(name: string, value: number, options?: MetricOptions): void {
    this.sample('gauge', name, value, options);
  }

  /** Counts distinct members. */
  set(name: string, member: string | number, options?: MetricOptions): void {
    if (!this.enabled) return;
    const series = this.series('set', name, options?.tags, 1);
    if (series === null || !series.insert(String(member))) this.core.drop('cap');
  }

  /** Sends an event (Datadog only; elsewhere dropped and counted). */
  event(title: string, text = '', options: EventOptions = {}): void {
    if (!this.enabled) return;
    const { priority, alertType, aggregationKey, sourceType, hostname, timestamp } = options;
    const tags = this.merge(options.tags, currentScope());
    const line = {
      title: String(title),
      text: String(text),
      tags,
      priority,
      alertType,
      aggregationKey,
      sourceType,
      hostname,
      timestamp,
    };
    this.core.line((output) => output.dialect.event(line));
  }

  /** Sends a service check: 0 ok, 1 warning, 2 critical, 3 unknown (Datadog only; elsewhere dropped and counted). */
  check(name: string, status: 0 | 1 | 2 | 3, options: CheckOptions = {}): void {
    if (!this.enabled) return;
    const { message, hostname, timestamp } = options;
    const line = {
      name: this.prefix + name,
      status,
      tags: this.merge(options.tags, currentScope()),
      message,
      hostname,
      timestamp,
    };
    this.core.line((output) => output.dialect.check(line));
  }

  /** Tags the request in flight and its plain metrics; counted and ignored outside one, and beyond 32 tags. */
  tag(key: string, value: string | number | boolean): void {
    const scope = currentScope();
    if (scope === null || scope.ended) {
      this.core.ignoredTags++;
      return;
    }
    scope.tags ??= new Map();
    if (scope.tags.size < REQUEST_TAGS || scope.tags.has(String(key)))
      scope.tags.set(String(key), String(value));
    else this.core.ignoredTags++;
  }

  /** Names the request in flight, for what a framework's route map cannot tell: GraphQL operations, RPC procedures. */
  route(template: string): void {
    const scope = currentScope();
    if (scope === null || scope.ended) this.core.ignoredTags++;
    else scope.named = String(template);
  }

  /** A meter that adds tags and a prefix, sharing everything else. */
  child(options: ChildOptions = {}): Meter {
    const prefix = options.prefix ? `${this.prefix}${options.prefix.replace(/\.$/, '')}.` : this.prefix;
    return new Meter(this.core, prefix, mergeTags(this.ownTags, userTags(options.tags)));
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

  /** @internal The app's tags and this child's. */
  get baseTags(): readonly Tag[] {
    return this.ownTags.length === 0 ? this.core.appTags : mergeTags(this.core.appTags, this.ownTags);
  }

  /** @internal A canonical name behind this child's prefix. */
  prefixed(name: string): string {
    return this.prefix + name;
  }

  /** @internal A block ended: it waits for its request's route, or is recorded at once. */
  blockEnded(block: Block): void {
    if (!this.enabled) return;
    const scope = scopeOf(block);
    if (scope === null) {
      this.recordBlock(block, null, null);
    } else if (scope.ended) {
      this.recordBlock(block, scope.route, scope.method);
    } else if ((scope.blocks ??= []).length < PENDING_BLOCKS) {
      scope.blocks.push(block);
    } else {
      this.core.pending++;
      this.recordBlock(block, 'pending', scope.method);
    }
  }

  /** @internal */
  recordBlock(block: Block, route: string | null, method: string | null): void {
    const { timings, cpu } = this.core.config;
    this.blockSeries(block, block.name, route, method, timings, 1)?.record(block.wall);
    if (block.exact) {
      const rate = typeof cpu === 'number' ? cpu : 1;
      this.blockSeries(block, `${block.name}.cpu`, route, method, timings, rate)?.record(block.cpu);
    }
  }

  private open(name: string, tags: TagInput | undefined): Block {
    const parent: Work | null = engine().current();
    const block = new Block(String(name), parent, this, tags);
    engine().open(block, parent === null ? this.enabled && this.core.sampleCpu() : parent.exact);
    return block;
  }

  private sample(type: MetricType, name: string, value: number, options: MetricOptions | undefined): void {
    const { core } = this;
    if (!core.config.enabled) return;
    if (core.closed) {
      core.drop('closed');
      return;
    }
    if (typeof value !== 'number' || value - value !== 0) {
      core.drop('invalid');
      warnOnce(
        'RM_VALUE_INVALID',
        String(name),
        `"${String(name).slice(0, 80)}" was given ${String(value)}, which is no finite number: dropped and counted`,
      );
      return;
    }
    const rate = type === 'gauge' ? 1 : (options?.sampleRate ?? core.config.sampleRate);
    if (rate < 1 && Math.random() >= rate) return;
    if (options?.timestamp !== undefined && (type === 'count' || type === 'gauge')) {
      this.timestamped(type, name, value, options, rate);
      return;
    }
    const series = this.series(type, name, options?.tags, rate);
    if (series === null) core.drop('cap');
    else if (type === 'count') series.add(value);
    else if (type === 'gauge') series.set(value);
    else series.record(value);
  }

  private timestamped(
    type: MetricType,
    name: string,
    value: number,
    options: MetricOptions,
    rate: number,
  ): void {
    const id = this.identity(type, name, rate, this.merge(options.tags, currentScope()));
    const timestamp = Number(options.timestamp);
    this.core.line((output) => {
      const [frame] = output.frame(id);
      return frame === undefined ? null : output.dialect.timestamped(frame, value, timestamp);
    });
  }

  /** Finds the series of a plain metric: a walk over the tags as given, and only at first a name. */
  private series(type: MetricType, name: string, tags: TagInput | undefined, rate: number): Series | null {
    const scope = currentScope();
    const { tree } = this;
    let node = tree.metric(type, name);
    if (rate !== 1) node = node.next('', rate, tree);
    if (scope !== null && scope.tags !== null)
      for (const [key, value] of scope.tags) node = node.next(key, value, tree);
    if (tags !== undefined) {
      if (Array.isArray(tags)) for (const item of tags) node = node.next('', item, tree);
      else for (const key in tags) node = node.next(key, (tags as Record<string, unknown>)[key], tree);
    }
    if (node.series !== null && !node.series.dead) return node.series;
    const series = this.core.resolve(this.identity(type, name, rate, this.merge(tags, scope)));
    if (series !== null && !series.overflow) node.series = series;
    return series;
  }

  private blockSeries(
    block: Block,
    name: string,
    route: string | null,
    method: string | null,
    type: MetricType,
    rate: number,
  ): Series | null {
    const { tree } = this;
    let node = tree.metric(type, name).next('http_route', route, tree).next('http_method', method, tree);
    if (rate !== 1) node = node.next('', rate, tree);
    const { tagsGiven, tagsSet } = block;
    const plain = tagsGiven === undefined && tagsSet === null;
    if (plain && node.series !== null && !node.series.dead) return node.series;
    let tags = this.baseTags;
    if (route !== null)
      tags = mergeTags(tags, [requestTag('http_route', route), requestTag('http_method', method ?? '')]);
    tags = mergeTags(mergeTags(tags, userTags(tagsGiven)), pairsOf(tagsSet));
    const id = { metric: this.prefix + name, type, tags, rate, own: true, breakdown: false };
    const series = this.core.resolve(id);
    if (series === null) this.core.drop('cap');
    else if (plain && !series.overflow) node.series = series;
    return series;
  }

  private identity(type: MetricType, name: string, rate: number, tags: readonly Tag[]): SeriesId {
    return { metric: this.prefix + String(name), type, tags, rate, own: false, breakdown: false };
  }

  /** The app's tags, then the request's, then the call's own; the later wins. */
  private merge(tags: TagInput | undefined, scope: RequestScope | null): readonly Tag[] {
    const base = mergeTags(this.baseTags, pairsOf(scope?.tags ?? null));
    return mergeTags(base, userTags(tags));
  }
}

/** `timed` for one meter or for the process's own. */
export function timedBy(timer: () => Meter, first: unknown, second: unknown): unknown {
  if (typeof first === 'function') return wrap(timer, null, first as () => unknown);
  const name = typeof first === 'string' && first !== '' ? first : null;
  return typeof second === 'function' ? wrap(timer, name, second as () => unknown) : decorator(timer, name);
}

/** Adds tags over others of the same key. */
export function mergeTags(base: readonly Tag[], over: readonly Tag[]): readonly Tag[] {
  if (over.length === 0) return base;
  const keys = new Set(over.map((tag) => tag.key));
  const last = over.filter((tag, at) => over.findLastIndex((other) => other.key === tag.key) === at);
  return [...base.filter((tag) => !keys.has(tag.key)), ...last];
}

export function userTags(input: TagInput | undefined): readonly Tag[] {
  if (input === undefined) return [];
  try {
    return tagPairs(input).map(([key, value]) => ({ key, value, origin: 'user' }));
  } catch (error) {
    warnOnce('RM_USER_CODE_THREW', 'tags', `reading tags threw (${String(error)}): they were left out`);
    return [];
  }
}

function pairsOf(tags: ReadonlyMap<string, string> | null): readonly Tag[] {
  return tags === null ? [] : Array.from(tags, ([key, value]) => ({ key, value, origin: 'user' }));
}

export function requestTag(key: string, value: string): Tag {
  return { key, value, origin: 'request' };
}

function call<T>(fn: (block: Block) => T, block: Block): T {
  return fn(block);
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    (typeof value === 'object' || typeof value === 'function') &&
    value !== null &&
    typeof (value as { then?: unknown }).then === 'function'
  );
}

/** A promise of its own, so that a rejection that nobody handles is still reported as such. */
function settled(block: Block, result: PromiseLike<unknown>): Promise<unknown> {
  return Promise.resolve(result).then(
    (value) => {
      block.end();
      return value;
    },
    (error) => {
      block.fail(error);
      throw error;
    },
  );
}
