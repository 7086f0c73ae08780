import { type IncomingMessage, ServerResponse } from 'node:http';
import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import { engine, shared, WORK } from '../attribution/index.ts';
import { textOf, warnOnce } from '../errors/index.ts';
import { defaultMeter, type Leaver, leavers, type Meter } from '../meter/index.ts';
import { followArrivals, isWaitKnown } from './arrivals.ts';
import { type End, endAtExit, endOfDetached, endOfResponse, noteEnd, refusalOf, statusSent } from './end.ts';
import { isHttp2Stream } from './events.ts';
import { countsElsewhere, forwarded } from './forwarded.ts';
import { endOfStream, followStream, isUnconfirmed, notesOf, statusOf, streamOf } from './http2.ts';
import { naming } from './naming.ts';
import { type Answer, OpenAnswers } from './open.ts';
import { pathTemplate } from './path-template.ts';
import { RequestRecorder } from './recorder.ts';
import { servedBy } from './server.ts';
import { ELSEWHERE, RequestSpan } from './span.ts';
import { noteHeaders } from './stream.ts';

type Claimed = { [WORK]?: RequestSpan };

/**
 * Claims each request once, whoever sees it first: the preload's entry, a middleware, another copy
 * of the library. One per process.
 */
export class Tracker implements Leaver {
  private readonly recorders = new WeakMap<Meter, RequestRecorder>();
  /** Each leaves when it closes, or with the next tick. */
  private readonly open = new OpenAnswers((answer) => (answer as Claimed)[WORK]);
  /** The last meter's, nearly always the next one's too. */
  private last: RequestRecorder | null = null;
  private headersPatched = false;
  /** Asked at the end of each request whose answer is known: for what frameworks tell no earlier. */
  nameTold: ((span: RequestSpan, request: IncomingMessage, response: ServerResponse) => void) | null = null;
  /** Asked at the end of each request that is not guessed: for what tells its routes no earlier. */
  nameLate: ((span: RequestSpan, request: IncomingMessage) => void) | null = null;

  /** The span of a request that is claimed, or of a stream of HTTP/2. */
  spanOf(request: object): RequestSpan | undefined {
    return (request as Claimed)[WORK];
  }

  /** Whether a request is claimed, or the stream of HTTP/2 that brought it: then its code runs as part of it. */
  isSeen(request: IncomingMessage): boolean {
    if ((request as Claimed)[WORK] !== undefined) return true;
    const stream = streamOf(request);
    return stream !== null && (stream as Claimed)[WORK] !== undefined;
  }

  /**
   * Claims a request, or finds its span. `meter` is the application's own, or null for the
   * process's; the first of the application's stays.
   *
   * @returns null where nothing is to be measured.
   */
  claim(request: IncomingMessage, response: ServerResponse, meter: Meter | null): RequestSpan | null {
    const known = (request as Claimed)[WORK];
    if (known !== undefined) {
      if (meter !== null && !known.explicit && !known.ended) this.redirect(known, request.method, meter);
      return known;
    }
    const owner = meter ?? defaultMeter();
    try {
      const stream = streamOf(request);
      if (stream !== null) return this.claimResponse(stream, request, response, meter);
      if (!owner.enabled) return null;
      const span = this.span(owner, request.method, meter !== null, urlOf(request));
      (response as Claimed)[WORK] = span;
      span.server = servedBy(request);
      span.forwarder = forwarded().take(request);
      this.listen(span, request, response);
      this.begin(span, request, response);
      if (span.lag !== null && !this.open.isDetached(span) && isWaitKnown(request.socket))
        engine().queued(span);
      return span;
    } catch (error) {
      return refuse(error);
    }
  }

  /**
   * Claims a stream of HTTP/2, or finds its span: servers that listen to `stream` have no request
   * and no response. Where they have, too, it is the same span.
   */
  claimStream(
    stream: ServerHttp2Stream,
    headers: IncomingHttpHeaders,
    meter: Meter | null,
  ): RequestSpan | null {
    const known = (stream as Claimed)[WORK];
    const method = headers[':method'] as string | undefined;
    if (known !== undefined) {
      if (meter !== null && !known.explicit && !known.ended) this.redirect(known, method, meter);
      return known;
    }
    const owner = meter ?? defaultMeter();
    if (!owner.enabled) return null;
    try {
      const span = this.span(owner, method, meter !== null, String(headers[':path'] ?? ''));
      followStream(stream, span);
      stream.on('close', onClose);
      this.open.add(span, stream);
      this.begin(span, stream as never, stream as never);
      if (span.lag !== null && isWaitKnown(stream.session?.socket)) engine().queued(span);
      return span;
    } catch (error) {
      return refuse(error);
    }
  }

  /** Tells a request and a response of HTTP/2's compatibility API the span of their stream. */
  private claimResponse(
    stream: ServerHttp2Stream,
    request: IncomingMessage,
    response: ServerResponse,
    meter: Meter | null,
  ): RequestSpan | null {
    const headers = { ':method': request.method, ':path': urlOf(request) } as IncomingHttpHeaders;
    const span = this.claimStream(stream, headers, meter);
    if (span === null) return null;
    (response as Claimed)[WORK] = span;
    const notes = notesOf(stream);
    if (notes !== undefined) notes.response = response;
    engine().adopt(span, request, response);
    return span;
  }

  /**
   * Records a request that Node refused by itself, and never handed to the application.
   *
   * @param name is asked to name the route; without one it is guessed.
   */
  refused(
    request: IncomingMessage,
    status: number,
    meter: Meter | null,
    name?: (span: RequestSpan) => void,
  ): void {
    const owner = meter ?? defaultMeter();
    if (!owner.enabled || (request as Claimed)[WORK] !== undefined) return;
    try {
      const span = this.span(owner, request.method, meter !== null, urlOf(request));
      (request as Claimed)[WORK] = span;
      span.guess = true;
      name?.(span);
      engine().open(span, false);
      finish(span, null, 'refused', status);
    } catch (error) {
      refuse(error);
    }
  }

  private span(owner: Meter, method: string | undefined, explicit: boolean, url: string): RequestSpan {
    const recorder = this.recorder(owner);
    const span = new RequestSpan(recorder, explicit);
    span.method = recorder.methodTag(method);
    span.url = url;
    return span;
  }

  /** From here on the request, or the stream, is claimed. */
  private begin(span: RequestSpan, request: IncomingMessage, response: ServerResponse): void {
    const loop = engine();
    const { forwarder, recorder } = span;
    const isPart = forwarder !== null && forwarder !== ELSEWHERE && forwarder.recorder === recorder;
    loop.open(span, recorder.meter.core.sampleCpu(span, isPart ? forwarder : null));
    loop.adopt(span, request, response);
  }

  /** Runs `fn.call(thisArg, a, b, c)` as part of the request. */
  run<A, B, C, R>(
    span: RequestSpan,
    response: { readonly writableEnded: boolean },
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

  /** An answer has closed; or, of those without a connection, finished. */
  closed(answer: Answer, hasFinished = false): void {
    const span = (answer as Claimed)[WORK];
    if (span === undefined) return;
    if (isHttp2Stream(answer)) {
      this.closedStream(span, answer);
      return;
    }
    const isDetached = span.place < 0 && this.open.isDetached(span);
    this.open.remove(span);
    if (span.ended) return;
    const { req: request } = answer;
    const end = isDetached ? endOfDetached(answer, hasFinished) : endOfResponse(span, request, answer);
    const status = end === 'refused' ? refusalOf(request.socket) : statusSent(answer, end);
    finish(span, answer, end, status);
  }

  private closedStream(span: RequestSpan, stream: ServerHttp2Stream): void {
    const notes = notesOf(stream);
    if (!span.ended && notes !== undefined && isUnconfirmed(stream)) {
      notes.isUnconfirmed = true;
      engine().close(span);
      setImmediate(onConfirmed, stream);
    } else if (notes?.isUnconfirmed !== true) {
      this.open.remove(span);
      this.finishStream(span, stream, endOfStream(stream));
    }
  }

  /** A stream that closed before its last write was confirmed is judged. */
  confirmed(stream: ServerHttp2Stream): void {
    const notes = notesOf(stream);
    if (notes?.isUnconfirmed !== true) return;
    this.open.remove(notes.span);
    const end = endOfStream(stream);
    notes.isUnconfirmed = false;
    record(notes.span, notes.response, end, statusOf(stream));
  }

  /** The process ends: what was answered counts as answered, though nobody waits for it to leave. */
  settle(): void {
    const leave = (answer: Answer): void => {
      const span = (answer as Claimed)[WORK]!;
      this.open.remove(span);
      if (isHttp2Stream(answer)) {
        this.confirmed(answer);
        this.finishStream(span, answer, endAtExit(answer));
      } else {
        finish(span, answer, endAtExit(answer), answer.statusCode);
      }
    };
    this.open.eachServed(leave);
    this.open.eachDetached((_span, response) => {
      if (response !== undefined) leave(response);
    });
  }

  leave(): void {}

  /** Applications can take our listener off an answer, and some answers never tell that they ended. */
  private sweep(): void {
    this.open.eachServed((answer) => {
      const isOver = isHttp2Stream(answer) ? answer.destroyed : answer.closed || isLost(answer);
      if (isOver || (answer as Claimed)[WORK]?.ended !== false) this.closed(answer);
    });
    this.open.eachDetached((span, response) => {
      if (response === undefined) {
        this.open.remove(span);
        finish(span, null, span.status > 0 ? 'cut' : 'unsent', span.status);
      } else if (response.writableEnded || response.destroyed || response.closed) {
        this.closed(response);
      }
    });
  }

  private finishStream(span: RequestSpan, stream: ServerHttp2Stream, end: End): void {
    finish(span, notesOf(stream)?.response ?? null, end, statusOf(stream));
  }

  /** Hands the request of an answer that is under way to a meter of the application's own; the first stays. */
  handOver(request: object, meter: Meter): void {
    const span = this.spanOf(request);
    if (span !== undefined) this.handOverSpan(span, meter);
  }

  handOverSpan(span: RequestSpan, meter: Meter): void {
    if (!span.explicit && !span.ended) this.redirect(span, span.method, meter);
  }

  private redirect(span: RequestSpan, method: string | undefined, meter: Meter): void {
    span.recorder = this.recorder(meter);
    span.method = span.recorder.methodTag(method);
    span.explicit = true;
  }

  private recorder(meter: Meter): RequestRecorder {
    if (this.last?.meter === meter) return this.last;
    let recorder = this.recorders.get(meter);
    if (recorder === undefined) {
      this.recorders.set(meter, (recorder = new RequestRecorder(meter)));
      meter.core.beforeTick.push(() => this.sweep());
      if (meter.core.followDelay()) meter.core.whenClosed.push(followArrivals());
      // Not before: a process whose meters are all switched off gets no listener for its end.
      leavers().add(this);
    }
    this.last = recorder;
    return recorder;
  }

  private listen(span: RequestSpan, request: IncomingMessage, response: ServerResponse): void {
    if (!this.headersPatched) {
      this.headersPatched = true;
      noteHeaders(ServerResponse.prototype, (ended) => (ended as Claimed)[WORK]);
    }
    response.on('close', onClose);
    if (isDetached(request, response)) {
      response.on('finish', onFinish);
      this.open.addDetached(span, response);
      return;
    }
    this.open.add(span, response);
    // Pipelined behind another response: on Node 20 and 22 only the request tells that the client left.
    if (response.socket === null) request.on('close', onRequestClose);
  }
}

/** Whether no connection of a server carries this response: an adapter made it, or a test. */
function isDetached(request: IncomingMessage, response: ServerResponse): boolean {
  const socket = request.socket as (IncomingMessage['socket'] & { server?: unknown }) | null | undefined;
  if (socket?.server === undefined || socket.server === null) return true;
  return response.socket !== socket && response.socket !== null;
}

/** Whether a response waited behind another one when the connection went: Node 20 and 22 may never tell. */
function isLost(response: ServerResponse): boolean {
  return response.socket === null && !response.writableFinished && response.req?.socket?.destroyed === true;
}

function onClose(this: Answer): void {
  tracker().closed(this);
}

function onFinish(this: ServerResponse): void {
  tracker().closed(this, true);
}

function onConfirmed(stream: ServerHttp2Stream): void {
  tracker().confirmed(stream);
}

function onRequestClose(this: IncomingMessage): void {
  const span = (this as Claimed)[WORK];
  // The request closes when it was read to its end, too: only a lost connection ends it here.
  if (span === undefined || span.ended || this.socket?.destroyed === false) return;
  finish(span, null, 'unsent', 0);
}

function finish(span: RequestSpan, response: ServerResponse | null, end: End, status: number): void {
  if (!span.ended) record(span, response, end, status);
}

/** Hands on a span, whose times are final from here on. */
function record(span: RequestSpan, response: ServerResponse | null, end: End, status: number): void {
  try {
    if (!span.guess && response !== null) tracker().nameLate?.(span, response.req);
    noteEnd(span, end, status);
    if (response !== null) tracker().nameTold?.(span, response.req, response);
    engine().close(span);
    if (span.guess && span.route === '') span.route = pathTemplate(span.url);
    if (countsElsewhere(span)) span.forwarder = ELSEWHERE;
    else naming().end(span.guess);
    span.url = '';
    span.recorder.record(span, response);
  } catch (error) {
    span.recorder.meter.core.drop('invalid');
    warnOnce('RM_INTERNAL', 'finish', `recording a request failed and was contained: ${textOf(error)}`);
  }
}

/** What the client asked for: a framework that mounts what claims the request has kept the whole of it. */
export function urlOf(request: { originalUrl?: string; url?: string | undefined }): string {
  return request.originalUrl ?? request.url ?? '';
}

/** Frameworks can be handed anything in place of a request. */
function refuse(error: unknown): null {
  warnOnce('RM_INTERNAL', 'claim', `a request could not be measured (${textOf(error)})`);
  return null;
}

let own: Tracker | undefined;

/** The process's tracker. */
export function tracker(): Tracker {
  own ??= shared('tracker', () => new Tracker());
  return own;
}
