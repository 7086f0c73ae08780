import type { IncomingMessage, ServerResponse } from 'node:http';
import type { LateSink } from '../attribution/index.ts';
import { atOnce, reportThrown } from '../errors/index.ts';
import {
  type Meter,
  type MetricType,
  mergeTags,
  requestTag,
  type Series,
  type Tag,
  type TagInput,
  userTags,
} from '../meter/index.ts';
import { methodTag } from './method.ts';
import { type Recorder, type RequestSpan, UNMATCHED } from './span.ts';

const REQUEST = 'http.server.request';
const STREAM = 'http.server.stream';

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
  readonly late = new Late();
  readonly statuses = new Map<number, Series>();
  cpu: Series | null = null;
  busy: Series | null = null;
  stalled: Series | null = null;

  constructor(route: string, method: string, ignored: boolean) {
    this.route = route;
    this.method = method;
    this.ignored = ignored;
  }
}

type RequestTags = (request: IncomingMessage, response: ServerResponse) => TagInput | undefined;

/** Turns ended requests into samples of one meter. */
export class RequestRecorder implements Recorder {
  readonly meter: Meter;
  private readonly routes = new Map<string, Map<string, RouteMethod>>();
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
    const at = this.at(route, span.method);
    span.late = at.late;
    if (at.ignored) {
      span.blocks = null;
      return;
    }
    if (this.meter.core.chosen(this.rate)) this.recordTimes(span, at, response);
    if (span.blocks !== null) this.recordBlocks(span);
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

  private at(route: string, method: string): RouteMethod {
    let methods = this.routes.get(route);
    if (methods === undefined) {
      if (this.known > this.most) {
        this.collectLate();
        this.routes.clear();
        this.known = 0;
      }
      this.routes.set(route, (methods = new Map()));
    }
    let at = methods.get(method);
    if (at === undefined) {
      methods.set(method, (at = new RouteMethod(route, method, this.ignore.has(route))));
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
    return [requestTag('http_route', at.route), requestTag('http_method', at.method)];
  }

  /** Tags beside route, method and status; null in the usual case of none. */
  private extraTags(span: RequestSpan, response: ServerResponse | null): readonly Tag[] | null {
    if (span.tags === null && !span.aborted && span.error === null && this.requestTags === undefined)
      return null;
    let tags: readonly Tag[] = this.askRequestTags(response);
    if (span.tags !== null) {
      tags = mergeTags(
        tags,
        Array.from(span.tags, ([key, value]): Tag => ({ key, value, origin: 'user' })),
      );
    }
    if (span.error !== null) tags = mergeTags(tags, [{ key: 'error', value: span.error, origin: 'user' }]);
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
    for (const methods of this.routes.values()) {
      for (const at of methods.values()) {
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
