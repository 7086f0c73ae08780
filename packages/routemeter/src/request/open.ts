import type { ServerResponse } from 'node:http';
import type { ServerHttp2Stream } from 'node:http2';
import type { RequestSpan } from './span.ts';

/** What carries an answer: a response of HTTP/1, or a stream of HTTP/2. */
export type Answer = ServerResponse | ServerHttp2Stream;

/** The answers that have not ended. */
export class OpenAnswers {
  /**
   * Those of connections, which hold them as long. A list, of which each span knows its place: a
   * set would have to give each answer a hash.
   */
  private readonly served: Answer[] = [];
  /** Those that no connection carries: nothing may keep them but their own application. */
  private readonly detached = new Map<RequestSpan, WeakRef<ServerResponse>>();
  private readonly spanOf: (answer: Answer) => RequestSpan | undefined;

  constructor(spanOf: (answer: Answer) => RequestSpan | undefined) {
    this.spanOf = spanOf;
  }

  get length(): number {
    return this.served.length + this.detached.size;
  }

  add(span: RequestSpan, answer: Answer): void {
    span.place = this.served.push(answer) - 1;
  }

  addDetached(span: RequestSpan, response: ServerResponse): void {
    this.detached.set(span, new WeakRef(response));
  }

  isDetached(span: RequestSpan): boolean {
    return this.detached.has(span);
  }

  /** Takes an answer off; the last one takes its place in the list. */
  remove(span: RequestSpan): void {
    const { place } = span;
    if (place < 0) {
      if (this.detached.size > 0) this.detached.delete(span);
      return;
    }
    span.place = -1;
    const last = this.served.pop()!;
    if (place === this.served.length) return;
    this.served[place] = last;
    this.spanOf(last)!.place = place;
  }

  /** Calls `look` with each answer, which may be removed meanwhile. */
  eachServed(look: (answer: Answer) => void): void {
    // From the end: what takes the place of one that leaves was looked at before.
    for (let at = this.served.length - 1; at >= 0; at--) look(this.served[at]!);
  }

  /** Calls `look` with each span, and its response unless that is gone. */
  eachDetached(look: (span: RequestSpan, response: ServerResponse | undefined) => void): void {
    for (const [span, response] of this.detached) look(span, response.deref());
  }
}
