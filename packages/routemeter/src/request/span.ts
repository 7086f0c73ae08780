import { errorClass, RequestScope, tagText } from '../meter/index.ts';
import type { RequestRecorder } from './recorder.ts';

/** What a request is called that no route answered. */
export const UNMATCHED = 'unmatched';

/**
 * One HTTP request from arrival to its end. Frameworks tell it the route; it never refers to the
 * request or the response.
 */
export class RequestSpan extends RequestScope {
  recorder: RequestRecorder;
  /** The meter was given by the application, not found by the preload: it stays. */
  explicit: boolean;
  /** Status as sent, 499 when the client left before the headers did. */
  status = 0;
  aborted = false;
  /** Class of the error that a handler threw. */
  error: string | null = null;
  /** The address as the client sent it; routers change what stands in the request. Empty after the end. */
  url = '';
  /** Nobody has a route map so far: without one the route is guessed from the URL. */
  guess = false;
  /** Clock when the headers of a stream left; 0 for other responses. */
  headersAt = 0;
  /** Where the tracker keeps its response; -1 for nowhere. */
  place = -1;

  constructor(recorder: RequestRecorder, explicit: boolean) {
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
