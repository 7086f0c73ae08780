import type { IncomingMessage, ServerResponse } from 'node:http';
import { engine, type LateSink } from '../attribution/index.ts';
import { atOnce, reportThrown } from '../errors/index.ts';
import {
  type Meter,
  type MetricType,
  mergeTags,
  reportWaits,
  requestTag,
  type Series,
  type ServedBy,
  type Tag,
  type TagInput,
  userTags,
} from '../meter/index.ts';
import { methodTag } from './method.ts';
import { ELSEWHERE, type Forwarder, type Recorder, type RequestSpan, UNMATCHED } from './span.ts';

const REQUEST = 'http.server.request';
const STREAM = 'http.server.stream';

/** Says of a route that its name was guessed from addresses. For the page alone, and at no cost of further series. */
const GUESSED: Tag = { key: 'http_route_guessed', value: 'true', origin: 'detail' };

/** CPU used after the end of requests, summed until the next flush. */
class Late implements LateSink {
  ms = 0;
  add(ms: number): void {
    this.ms += ms;
  }
}

/** Everything known of one route and method, so that a request finds its series without a string. */
class RouteMethod {
  readonly route: string;
  readonly method: string;
  readonly ignored: boolean;
  readonly guessed: boolean;
  readonly server: readonly Tag[] | null;
  readonly late = new Late();
  readonly statuses = new Map<number, Series>();
  /** The same for each server that takes such requests, where they are told apart. */
  servers: Map<readonly Tag[], RouteMethod> | null = null;
  cpu: Series | null = null;
  busy: Series | null = null;
  stalled: Series | null = null;

  constructor(
    route: string,
    method: string,
    ignored: boolean,
    guessed: boolean,
    server: readonly Tag[] | null = null,
  ) {
    this.route = route;
    this.method = method;
    this.ignored = ignored;
    this.guessed = guessed;
    this.server = server;
  }

  of(server: readonly Tag[]): RouteMethod {
    this.servers ??= new Map();
    let own = this.servers.get(server);
    if (own === undefined) {
      own = new RouteMethod(this.route, this.method, this.ignored, this.guessed, server);
      this.servers.set(server, own);
    }
    return own;
  }

  /** Itself and those of its servers, which are few. */
  all(): RouteMethod[] {
    return this.servers === null ? [this] : [this, ...this.servers.values()];
  }
}

type RequestTags = (request: IncomingMessage, response: ServerResponse) => TagInput | undefined;

/** Turns ended requests into samples of one meter. */
export class RequestRecorder implements Recorder {
  readonly meter: Meter;
  private readonly routes = new Map<string, Map<string, RouteMethod>>();
  /** The same for names that were guessed. */
  private readonly guesses = new Map<string, Map<string, RouteMethod>>();
  private readonly most: number;
  private readonly type: MetricType;
  private readonly breakdown: boolean;
  private readonly rate: number;
  private readonly cpuRate: number;
  private readonly lateRate: number;
  private readonly methods: ReadonlySet<string>;
  private readonly ignore: ReadonlySet<string>;
  private readonly requestTags: RequestTags | undefined;
  private known = 0;

  constructor(meter: Meter) {
    const { config, outputs, beforeTick } = meter.core;
    this.meter = meter;
    this.most = config.maxSeries * 2;
    this.type = config.timings;
    this.breakdown = config.breakdown || outputs.some((output) => output.wantsBreakdown);
    this.rate = config.sampleRate;
    this.lateRate = typeof config.cpu === 'number' ? config.cpu : 1;
    this.cpuRate = this.rate * this.lateRate;
    this.methods = new Set(config.methods);
    this.ignore = new Set(config.ignore);
    this.requestTags = config.requestTags as RequestTags | undefined;
    beforeTick.push(() => this.collectLate());
  }

  methodTag(method: string | undefined): string {
    return methodTag(method, this.methods);
  }

  /** Records a span whose times are final; `response` is only looked at, and null where it never got a socket. */
  record(span: RequestSpan, response: ServerResponse | null): void {
    const route = span.named ?? (span.route === '' ? UNMATCHED : span.route);
    span.route = route;
    const isGuessed = span.guess && span.named === null && route !== UNMATCHED;
    const at = this.at(route, span.method, isGuessed, span.server ?? null);
    span.late = at.late;
    if (span.waiting !== null) this.endWaiting(span, at.ignored);
    if (span.waits !== null) this.reportCalls(span);
    if (at.ignored) {
      span.blocks = null;
      return;
    }
    if (span.forwarder !== null && this.isForwarded(span, span.forwarder)) {
      if (span.blocks !== null) this.recordBlocks(span);
      return;
    }
    if (this.meter.core.chosen(this.rate)) this.recordTimes(span, at, response);
    if (span.blocks !== null) this.recordBlocks(span);
  }

  reportCalls(span: RequestSpan): void {
    reportWaits(span, this.ignores(span.route) ? null : this.meter, span.route, span.method);
  }

  ignores(route: string): boolean {
    return this.ignore.has(route);
  }

  private recordTimes(span: RequestSpan, at: RouteMethod, response: ServerResponse | null): void {
    const extra = this.extraTags(span, response);
    const wall =
      extra === null ? this.wallSeries(at, span.status) : this.taggedSeries(REQUEST, at, span.status, extra);
    if (span.headersAt > 0) {
      const toHeaders = span.headersAt - span.openedAt;
      this.put(wall, Math.max(0, toHeaders));
      this.put(this.taggedSeries(STREAM, at, span.status, extra ?? []), Math.max(0, span.wall - toHeaders));
    } else {
      this.put(wall, span.wall);
    }
    if (span.exact) this.recordCpu(span, at);
  }

  private recordCpu(span: RequestSpan, at: RouteMethod): void {
    if (at.cpu === null || at.cpu.dead) at.cpu = this.plainSeries(`${REQUEST}.cpu`, at, false);
    this.put(at.cpu, span.cpu);
    // Of a stream the wall time ends at its headers: the split of its whole life would not add up to it.
    if (!this.breakdown || span.headersAt > 0) return;
    if (at.busy === null || at.busy.dead) at.busy = this.plainSeries(`${REQUEST}.loop_busy`, at, true);
    if (at.stalled === null || at.stalled.dead) at.stalled = this.plainSeries(`${REQUEST}.stalled`, at, true);
    this.put(at.busy, span.loopBusy);
    this.put(at.stalled, span.stalled);
  }

  /** Whether a request counts with the one that it was forwarded by, which then takes it over. */
  private isForwarded(span: RequestSpan, by: Forwarder): boolean {
    if (by === ELSEWHERE) return true;
    // The application measures the two by meters of their own.
    if (by.recorder !== this) return false;
    if (!by.ended) by.adopt(span);
    return true;
  }

  /** Ends the blocks of queries that were never begun; those of an ignored route are only closed. */
  private endWaiting(span: RequestSpan, isIgnored: boolean): void {
    const { waiting } = span;
    span.waiting = null;
    for (const block of waiting!) {
      if (isIgnored) engine().close(block);
      else block.end();
    }
  }

  private recordBlocks(span: RequestSpan): void {
    for (const block of span.blocks!) block.report(span.route, span.method);
    span.blocks = null;
  }

  private put(series: Series | null, value: number): void {
    const { core } = this.meter;
    if (core.closed) core.drop('closed');
    else if (series === null) core.drop('cap');
    else series.record(value);
  }

  private at(route: string, method: string, isGuessed: boolean, server: ServedBy | null): RouteMethod {
    const at = this.atAny(isGuessed ? this.guesses : this.routes, route, method, isGuessed);
    return server === null || !this.meter.core.wantsServers ? at : at.of(server.tags);
  }

  private atAny(
    routes: Map<string, Map<string, RouteMethod>>,
    route: string,
    method: string,
    isGuessed: boolean,
  ): RouteMethod {
    let methods = routes.get(route);
    if (methods === undefined) {
      if (this.known > this.most) {
        this.collectLate();
        this.routes.clear();
        this.guesses.clear();
        this.known = 0;
      }
      routes.set(route, (methods = new Map()));
    }
    let at = methods.get(method);
    if (at === undefined) {
      methods.set(method, (at = new RouteMethod(route, method, this.ignore.has(route), isGuessed)));
      this.known++;
    }
    return at;
  }

  private wallSeries(at: RouteMethod, status: number): Series | null {
    const known = at.statuses.get(status);
    if (known !== undefined && !known.dead) return known;
    const series = this.taggedSeries(REQUEST, at, status, []);
    if (series !== null) at.statuses.set(status, series);
    return series;
  }

  private taggedSeries(
    metric: string,
    at: RouteMethod,
    status: number,
    extra: readonly Tag[],
  ): Series | null {
    const own = [...this.routeTags(at), requestTag('http_status_code', String(status))];
    if (at.guessed) own.push(GUESSED);
    const tags = mergeTags(mergeTags(this.meter.finder.baseTags, extra), own);
    return this.resolve(metric, this.type, tags, this.rate, false);
  }

  private plainSeries(metric: string, at: RouteMethod, breakdown: boolean): Series | null {
    return this.resolve(
      metric,
      this.type,
      mergeTags(this.meter.finder.baseTags, this.routeTags(at)),
      this.cpuRate,
      breakdown,
    );
  }

  private resolve(
    metric: string,
    type: MetricType,
    tags: readonly Tag[],
    rate: number,
    breakdown: boolean,
  ): Series | null {
    return this.meter.core.resolve({
      metric: this.meter.finder.prefix + metric,
      type,
      tags,
      rate,
      own: true,
      breakdown,
    });
  }

  private routeTags(at: RouteMethod): Tag[] {
    const tags = [requestTag('http_route', at.route), requestTag('http_method', at.method)];
    return at.server === null ? tags : [...tags, ...at.server];
  }

  /** Tags beside route, method and status; null in the usual case of none. */
  private extraTags(span: RequestSpan, response: ServerResponse | null): readonly Tag[] | null {
    const error = span.error === null ? null : span.failure();
    if (span.tags === null && !span.aborted && error === null && this.requestTags === undefined) return null;
    let tags: readonly Tag[] = this.askRequestTags(response);
    if (span.tags !== null) {
      tags = mergeTags(
        tags,
        Array.from(span.tags, ([key, value]): Tag => ({ key, value, origin: 'user' })),
      );
    }
    if (error !== null) tags = mergeTags(tags, [{ key: 'error', value: error, origin: 'user' }]);
    if (span.aborted) tags = mergeTags(tags, [requestTag('aborted', 'true')]);
    return tags;
  }

  private askRequestTags(response: ServerResponse | null): readonly Tag[] {
    if (this.requestTags === undefined || response === null) return [];
    try {
      return userTags(atOnce(this.requestTags(response.req, response)));
    } catch (error) {
      reportThrown('requestTags', error, 'its tags were left out');
      return [];
    }
  }

  private collectLate(): void {
    for (const methods of [...this.routes.values(), ...this.guesses.values()]) {
      for (const at of [...methods.values()].flatMap((each) => each.all())) {
        if (at.late.ms <= 0) continue;
        const ms = at.late.ms;
        at.late.ms = 0;
        const tags = mergeTags(this.meter.finder.baseTags, this.routeTags(at));
        const series = this.resolve('http.server.cpu_after', 'count', tags, this.lateRate, false);
        if (series === null) this.meter.core.drop('cap');
        else series.add(ms);
      }
    }
  }
}
