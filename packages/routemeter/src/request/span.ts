import type { ServerResponse } from 'node:http';
import { errorClass, type Meter, RequestScope, tagText } from '../meter/index.ts';

/** What a request is called that no route answered. */
export const UNMATCHED = 'unmatched';

/** Who turns the ended requests of one meter into samples. */
export interface Recorder {
  readonly meter: Meter;
  /** The method as a tag value. */
  methodTag(method: string | undefined): string;
  record(span: RequestSpan, response: ServerResponse | null): void;
  /** Hands the final name of an ended span to what followed its calls. */
  reportCalls(span: RequestSpan): void;
  /** Whether nothing is recorded of a route. */
  ignores(route: string): boolean;
}

/**
 * One HTTP request from arrival to its end. Frameworks tell it the route; it never refers to the
 * request or the response.
 */
export class RequestSpan extends RequestScope {
  recorder: Recorder;
  /** The meter was given by the application, not found by the preload: it stays. */
  explicit: boolean;
  /** Status as sent, 499 where nothing was. */
  status = 0;
  /** Bytes of the answer were lost, or never sent. */
  aborted = false;
  /** Class of the error that a handler threw. */
  error: string | null = null;
  /** The address as the client sent it; routers change what stands in the request. Empty after the end. */
  url = '';
  /** Nobody has a route map so far: without one the route is guessed from the URL. */
  guess = false;
  /** Clock when the headers of a stream left; 0 for other responses. */
  headersAt = 0;
  /** Where the tracker keeps its answer; -1 for nowhere. */
  place = -1;
  /** Bytes that the connection had sent before this answer; negative where nobody needs to know. */
  before = -1;

  constructor(recorder: Recorder, explicit: boolean) {
    super();
    this.recorder = recorder;
    this.explicit = explicit;
  }

  /** Names the route; null for none (`unmatched`). The last call before the end counts. */
  setRoute(template: string | null): void {
    if (this.ended) return;
    this.route = template === null ? '' : tagText(template);
    this.guess = false;
  }

  /** There is a route map: what nobody answers is unmatched, and not guessed from the address. */
  expectRoute(): void {
    if (this.guess) this.setRoute(null);
  }

  /** The name so far; null for none. */
  name(): string | null {
    return this.route === '' ? null : this.route;
  }

  /** Notes that a handler threw or rejected; the first error counts. */
  setError(error: unknown): void {
    this.error ??= errorClass(error);
  }
}
