import { type IncomingMessage, ServerResponse } from 'node:http';
import { engine, shared } from '../attribution/index.ts';
import { textOf, warnOnce } from '../errors/index.ts';
import { defaultMeter, type Leaver, leavers, type Meter } from '../meter/index.ts';
import { forwarded } from './forwarded.ts';
import { pathTemplate } from './path-template.ts';
import { RequestRecorder } from './recorder.ts';
import { servedBy } from './server.ts';
import { RequestSpan } from './span.ts';
import { noteHeaders } from './stream.ts';

/** Marks a request as claimed, for every copy of the library. */
const SPAN: unique symbol = Symbol.for('routemeter.v1.span') as never;

type Claimed = { [SPAN]?: RequestSpan };

/**
 * Claims each request once, whoever sees it first: the preload's entry, a middleware, another copy
 * of the library. One per process.
 */
export class Tracker implements Leaver {
  private readonly recorders = new WeakMap<Meter, RequestRecorder>();
  /**
   * Responses that are not closed: each leaves when it is, or with the next tick. A list, of which
   * each span knows its place: a set would have to give each response a hash.
   */
  private readonly open: ServerResponse[] = [];
  /** The last meter's, nearly always the next one's too. */
  private last: RequestRecorder | null = null;
  private headersPatched = false;

  /** The span of a request that is claimed. */
  spanOf(request: object): RequestSpan | undefined {
    return (request as Claimed)[SPAN];
  }

  /**
   * Claims a request, or finds its span. `meter` is the application's own, or null for the
   * process's; the first of the application's stays.
   *
   * @returns null where nothing is to be measured.
   */
  claim(request: IncomingMessage, response: ServerResponse, meter: Meter | null): RequestSpan | null {
    const known = (request as Claimed)[SPAN];
    if (known !== undefined) {
      if (meter !== null && !known.explicit && !known.ended) this.redirect(known, request, meter);
      return known;
    }
    const owner = meter ?? defaultMeter();
    if (!owner.enabled) return null;
    try {
      return this.take(request, response, owner, meter !== null);
    } catch (error) {
      // Frameworks can be handed anything in place of a request.
      warnOnce('RM_INTERNAL', 'claim', `a request could not be measured (${textOf(error)})`);
      return null;
    }
  }

  private take(
    request: IncomingMessage,
    response: ServerResponse,
    owner: Meter,
    explicit: boolean,
  ): RequestSpan {
    const recorder = this.recorder(owner);
    const span = new RequestSpan(recorder, explicit);
    span.method = recorder.methodTag(request.method);
    span.server = servedBy(request);
    span.url = request.url ?? '';
    span.forwarder = forwarded().take(request);
    (request as Claimed)[SPAN] = span;
    (response as Claimed)[SPAN] = span;
    this.listen(request, response);
    span.place = this.open.push(response) - 1;
    const loop = engine();
    loop.open(span, owner.core.sampleCpu());
    loop.adopt(span, request, response);
    return span;
  }

  /** Runs `fn.call(thisArg, a, b, c)` as part of the request. */
  run<A, B, C, R>(
    span: RequestSpan,
    response: ServerResponse,
    fn: (a: A, b: B, c: C) => R,
    thisArg: unknown,
    a: A,
    b: B,
    c: C,
  ): R {
    try {
      return engine().run(span, fn, thisArg, a, b, c);
    } finally {
      if (!response.writableEnded && !span.held) engine().hold(span);
    }
  }

  /** A response has closed. */
  closed(response: ServerResponse): void {
    const span = (response as Claimed)[SPAN];
    if (span === undefined) return;
    this.forget(span);
    finish(span, response.req, response);
  }

  /** The process ends: what was answered counts as answered, though nobody waits for it to leave. */
  settle(): void {
    for (const response of this.open.splice(0)) {
      const span = (response as Claimed)[SPAN]!;
      span.place = -1;
      finish(span, response.req, response, !response.writableEnded);
    }
  }

  leave(): void {}

  /** Applications can take our listener off a response, and some responses never tell that they closed. */
  private sweep(): void {
    // From the end: what takes the place of one that leaves was looked at before.
    for (let at = this.open.length - 1; at >= 0; at--) {
      const response = this.open[at]!;
      if (response.closed || isLost(response) || (response as Claimed)[SPAN]?.ended !== false) {
        this.closed(response);
      }
    }
  }

  /** Takes a span's response off the list; the last one takes its place. */
  private forget(span: RequestSpan): void {
    const { place } = span;
    if (place < 0) return;
    span.place = -1;
    const last = this.open.pop()!;
    if (place === this.open.length) return;
    this.open[place] = last;
    (last as Claimed)[SPAN]!.place = place;
  }

  private redirect(span: RequestSpan, request: IncomingMessage, meter: Meter): void {
    span.recorder = this.recorder(meter);
    span.method = span.recorder.methodTag(request.method);
    span.explicit = true;
  }

  private recorder(meter: Meter): RequestRecorder {
    if (this.last?.meter === meter) return this.last;
    let recorder = this.recorders.get(meter);
    if (recorder === undefined) {
      this.recorders.set(meter, (recorder = new RequestRecorder(meter)));
      meter.core.beforeTick.push(() => this.sweep());
      // Not before: a process whose meters are all switched off gets no listener for its end.
      leavers().add(this);
    }
    this.last = recorder;
    return recorder;
  }

  private listen(request: IncomingMessage, response: ServerResponse): void {
    if (!this.headersPatched) {
      this.headersPatched = true;
      noteHeaders(ServerResponse.prototype, (ended) => (ended as Claimed)[SPAN]);
    }
    response.on('close', onResponseClose);
    // Pipelined behind another response: on Node 20 and 22 only the request tells that the client left.
    if (response.socket === null) request.on('close', onRequestClose);
  }
}

/** Whether a response waited behind another one when the connection went: Node 20 and 22 may never tell. */
function isLost(response: ServerResponse): boolean {
  return response.socket === null && !response.writableFinished && response.req?.socket?.destroyed === true;
}

function onResponseClose(this: ServerResponse): void {
  tracker().closed(this);
}

function onRequestClose(this: IncomingMessage): void {
  const span = (this as Claimed)[SPAN];
  // The request closes when it was read to its end, too: only a lost connection ends it here.
  if (span === undefined || span.ended || this.socket?.destroyed === false) return;
  finish(span, this, null);
}

const LEFT = { writableFinished: false, headersSent: false, statusCode: 0 };

function finish(
  span: RequestSpan | undefined,
  request: IncomingMessage,
  response: ServerResponse | null,
  cutOff?: boolean,
): void {
  if (span === undefined || span.ended) return;
  try {
    engine().close(span);
    const { writableFinished, headersSent, statusCode } = response ?? LEFT;
    // Frameworks that end the response when the client leaves make it look finished.
    span.aborted = cutOff ?? (!writableFinished || request.aborted);
    span.status = span.aborted && !headersSent ? 499 : statusCode;
    if (span.guess) span.route = pathTemplate(request.url ?? '');
    span.recorder.record(span, response);
  } catch (error) {
    span.recorder.meter.core.drop('invalid');
    warnOnce('RM_INTERNAL', 'finish', `recording a request failed and was contained: ${textOf(error)}`);
  }
}

let own: Tracker | undefined;

/** The process's tracker. */
export function tracker(): Tracker {
  own ??= shared('tracker', () => new Tracker());
  return own;
}
