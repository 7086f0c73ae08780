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
}

/**
 * One HTTP request from arrival to its end. Frameworks tell it the route; it never refers to the
 * request or the response.
 */
export class RequestSpan extends RequestScope {
  recorder: Recorder;
  /** The meter was given by the application, not found by the preload: it stays. */
  explicit: boolean;
  /** Status as sent, 499 when the client left before the headers did. */
  status = 0;
  aborted = false;
  /** Class of the error that a handler threw. */
  error: string | null = null;
  /** Nobody has a route map so far: without one the route is guessed from the URL. */
  guess = false;
  /** Clock when the headers of a stream left; 0 for other responses. */
  headersAt = 0;
  /** Where the tracker keeps its response; -1 for nowhere. */
  place = -1;

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

  /** Notes that a handler threw or rejected; the first error counts. */
  setError(error: unknown): void {
    this.error ??= errorClass(error);
  }
}
