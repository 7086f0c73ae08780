import type { IncomingMessage, ServerResponse } from 'node:http';
import { Account, Accounts, mergeTags, requestTag, type Series, type Tag, userTags } from '../books/index.ts';
import { atOnce, reportThrown } from '../errors/index.ts';
import type { Meter, TagInput } from '../meter/index.ts';
import { UnitRecorder } from '../unit/index.ts';
import { methodTag } from './method.ts';
import { ELSEWHERE, type Forwarder, type Recorder, type RequestSpan, UNMATCHED } from './span.ts';

const REQUEST = 'http.server.request';
const STREAM = 'http.server.stream';
/** The route of what cannot wait for it. */
const PENDING = 'pending';

/** Says of a route that its name was guessed from addresses. For the page alone, and at no cost of further series. */
const GUESSED: Tag = { key: 'http_route_guessed', value: 'true', origin: 'detail' };

type RequestTags = (request: IncomingMessage, response: ServerResponse) => TagInput | undefined;

/** Turns ended requests into samples of one meter: its accounts are routes and methods. */
export class RequestRecorder extends UnitRecorder implements Recorder {
  readonly meter: Meter;
  private readonly routes: Accounts;
  private readonly methods: ReadonlySet<string>;
  private readonly ignore: ReadonlySet<string>;
  private readonly requestTags: RequestTags | undefined;

  constructor(meter: Meter) {
    super(meter.finder);
    const { config } = meter.core;
    this.meter = meter;
    this.routes = new Accounts(config.maxSeries * 2, () => this.collect());
    this.methods = new Set(config.methods);
    this.ignore = new Set(config.ignore);
    this.requestTags = config.requestTags as RequestTags | undefined;
  }

  methodTag(method: string | undefined): string {
    // What nearly all requests have.
    return method === 'GET' ? method : methodTag(method, this.methods);
  }

  /** Records a span whose times are final; `response` is only looked at, and null where it never got a socket. */
  record(span: RequestSpan, response: ServerResponse | null): void {
    span.route = span.named ?? (span.route === '' ? UNMATCHED : span.route);
    const account = this.named(span, this.at(span.route, span.method));
    if (account === null) return;
    const isForwarded = span.forwarder !== null && this.isForwarded(span, span.forwarder);
    if (!isForwarded && this.core.chosen(this.rate)) this.recordTimes(span, account, response);
    this.recordBlocks(span);
  }

  interim({ named, route, method }: RequestSpan): Account {
    return this.at(named ?? (route === '' ? PENDING : route), method);
  }

  pending({ method }: RequestSpan): Account {
    return this.at(PENDING, method);
  }

  protected accounts(): Iterable<Account> {
    return this.routes.values();
  }

  private recordTimes(span: RequestSpan, account: Account, response: ServerResponse | null): void {
    const extra = this.extraTags(span, response);
    const guessed = isGuessed(span);
    const wall =
      extra === null
        ? this.wallSeries(account, span.status, guessed)
        : this.taggedSeries(REQUEST, account, span.status, extra, guessed);
    if (span.headersAt > 0) {
      const toHeaders = span.headersAt - span.openedAt;
      this.put(wall, Math.max(0, toHeaders));
      this.put(
        this.taggedSeries(STREAM, account, span.status, extra ?? [], guessed),
        Math.max(0, span.wall - toHeaders),
      );
    } else {
      this.put(wall, span.wall);
    }
    // Of a stream the wall time ends at its headers: the split of its whole life would not add up to it.
    this.recordCpu(span, account, span.headersAt === 0);
    const answeredAt = span.headersAt > 0 ? span.headersAt : span.answeredAt;
    this.recordDelay(span, account, answeredAt > 0 ? Math.max(0, answeredAt - span.openedAt) : span.wall);
  }

  /** Whether a request counts with the one that it was forwarded by, which then takes it over. */
  private isForwarded(span: RequestSpan, by: Forwarder): boolean {
    if (by === ELSEWHERE) return true;
    // The application measures the two by meters of their own.
    if (by.recorder !== this) return false;
    if (!by.ended) by.adopt(span);
    return true;
  }

  private at(route: string, method: string): Account {
    return this.routes.of(route, method, this.open);
  }

  private readonly open = (route: string, method: string): Account => {
    const tags = [requestTag('http_route', route), requestTag('http_method', method)];
    return new Account(REQUEST, tags, this.ignore.has(route));
  };

  private wallSeries(account: Account, status: number, guessed: boolean): Series | null {
    const key = guessed ? -status : status;
    const known = account.walls.get(key);
    if (known !== undefined && !known.dead) return known;
    const series = this.taggedSeries(REQUEST, account, status, [], guessed);
    if (series !== null) account.walls.set(key, series);
    return series;
  }

  private taggedSeries(
    metric: string,
    account: Account,
    status: number,
    extra: readonly Tag[],
    guessed: boolean,
  ): Series | null {
    const own = [...account.tags, requestTag('http_status_code', String(status))];
    if (guessed) own.push(GUESSED);
    const tags = mergeTags(mergeTags(this.finder.baseTags, extra), own);
    return this.resolve(metric, this.type, tags, this.rate, false);
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
}

/** Of a span whose name is final. */
function isGuessed({ guess, named, route }: RequestSpan): boolean {
  return guess && named === null && route !== UNMATCHED;
}
