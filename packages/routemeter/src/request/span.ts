import type { ServerResponse } from 'node:http';
import { tagText } from '../books/index.ts';
import type { Meter } from '../meter/index.ts';
import { errorClass, Unit, type Recorder as UnitRecorder } from '../unit/index.ts';

/** What a request is called that no route answered. */
export const UNMATCHED = 'unmatched';

/** Who turns the ended requests of one meter into samples. */
export interface Recorder extends UnitRecorder {
  readonly meter: Meter;
  /** The method as a tag value. */
  methodTag(method: string | undefined): string;
  record(span: RequestSpan, response: ServerResponse | null): void;
}

const RESULT = 1;
const REFUSAL = 2;
const FAULT = 3;

/** Of a request that another thread of this process forwarded: its span is out of reach. */
export const ELSEWHERE = 'elsewhere';
export type Forwarder = RequestSpan | typeof ELSEWHERE;

/**
 * One HTTP request from arrival to its end. Frameworks tell it the route; it never refers to the
 * request or the response.
 */
export class RequestSpan extends Unit {
  recorder: Recorder;
  /** Final once `ended`; empty for none. */
  route = '';
  method = '';
  /** Named by `meter.route()`, which stands over what the framework tells. */
  named: string | null = null;
  /** The meter was given by the application, not found by the preload: it stays. */
  explicit: boolean;
  /** Status as sent, 499 where nothing was. */
  status = 0;
  /** Bytes of the answer were lost, or never sent. */
  aborted = false;
  /** Class of the error that a handler threw or handed on; `failure` says whether it counts. */
  error: string | null = null;
  /** How much that error tells of a failure; a later one that tells more takes its place. */
  private weight = 0;
  /** The address as the client sent it; routers change what stands in the request. Empty after the end. */
  url = '';
  /** This process sent it, to forward that one: it counts there alone. */
  forwarder: Forwarder | null = null;
  /** Nobody has a route map so far: without one the route is guessed from the URL. */
  guess = false;
  /** Clock when the headers of a stream left; 0 for other responses. */
  headersAt = 0;
  /** Where the tracker keeps its answer; -1 for nowhere. */
  place = -1;
  /** Bytes that the connection had sent before this answer; negative where nobody needs to know. */
  before = -1;

  constructor(recorder: Recorder, explicit: boolean) {
    super('request');
    this.recorder = recorder;
    this.explicit = explicit;
  }

  /** Names the route; null for none (`unmatched`). The last call before the end counts. */
  setRoute(template: string | null): void {
    if (this.ended) return;
    this.route = template === null ? '' : tagText(template);
    this.guess = false;
  }

  override rename(name: string): boolean {
    this.named = name;
    return true;
  }

  /** There is a route map: what nobody answers is unmatched, and not guessed from the address. */
  expectRoute(): void {
    if (this.guess) this.setRoute(null);
  }

  /** The name so far; null for none. */
  name(): string | null {
    return this.route === '' ? null : this.route;
  }

  /**
   * Notes that a handler threw, rejected, or handed a value on as an error. Of several the first counts,
   * but a fault stands over a refusal, and both over an object that is no error: `next(value)` may
   * carry a result.
   *
   * @param isRefusal it carries a client's status (400 to 499).
   */
  setError(error: unknown, isRefusal = false): void {
    const weight = isRefusal ? REFUSAL : mayBeResult(error) ? RESULT : FAULT;
    if (weight <= this.weight) return;
    this.weight = weight;
    this.error = errorClass(error);
  }

  /**
   * Takes over what another server of this process made of this request, which it was forwarded to: the
   * name where there is none of its own, tags, and the CPU that was used for it.
   */
  adopt(inner: RequestSpan): void {
    if (this.guess || this.route === '') {
      this.route = inner.route === UNMATCHED ? '' : inner.route;
      this.guess = false;
    }
    if (inner.tags !== null) this.tags = new Map([...inner.tags, ...(this.tags ?? [])]);
    if (inner.weight > this.weight) {
      this.weight = inner.weight;
      this.error = inner.error;
    }
    if (!this.exact || !inner.exact) return;
    this.cpu += inner.cpu;
    this.stalled += inner.stalled;
  }

  /**
   * The class of the error that failed the request, or null. The status that was answered decides: 500
   * and above is a failure. Without a whole answer a fault is one.
   */
  failure(): string | null {
    if (this.status >= 500) return this.error;
    return this.aborted && this.weight === FAULT ? this.error : null;
  }
}

/** Whether a value handed on as an error can be meant as something else: an object without the shape of an error. */
function mayBeResult(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  try {
    // By its shape: errors of other realms, and those that libraries make by hand, are no instances.
    return !(value instanceof Error) && typeof (value as { message?: unknown }).message !== 'string';
  } catch {
    return false;
  }
}

/** The request that a unit of work is; null for another kind. */
export function requestOf(unit: Unit | null): RequestSpan | null {
  return unit !== null && unit.kind === 'request' ? (unit as RequestSpan) : null;
}
