import type { Work } from './work.ts';

const WORK = Symbol('routemeter.work');

export type Emit = (this: unknown, event: unknown, ...args: unknown[]) => boolean;

interface Emitter {
  [WORK]?: Work;
  emit: Emit;
  /** Of a response: its request, which knows the work for both. */
  req?: Emitter;
  /** Set by Node where it throws away a body that nobody read, and listens to its end itself. */
  _dumped?: boolean;
  listenerCount(event: string): number;
}

/** Runs an emit in a work's context, unless the code belongs to that work already. */
export type Deliver = (work: Work, emit: Emit, emitter: unknown, event: unknown, arg: unknown) => boolean;

const ofRequest = (emitter: Emitter, event: unknown): Work | undefined =>
  (event === 'data' || event === 'readable' || event === 'end') && emitter._dumped !== true
    ? emitter[WORK]
    : undefined;

const ofResponse = (emitter: Emitter, event: unknown): Work | undefined =>
  event === 'drain' ? emitter.req?.[WORK] : undefined;

/** A stream of HTTP/2 is both in one. */
const ofStream = (emitter: Emitter, event: unknown): Work | undefined =>
  event === 'drain' ? emitter[WORK] : ofRequest(emitter, event);

/**
 * Leads events back into the context of the request they belong to. The parser and the socket raise
 * them in the connection's, where code of the application would run for nobody.
 *
 * Only these events, and only on the two classes: to wrap each `emit` of a request costs more than
 * all the rest together.
 */
export class Adoption {
  private readonly deliver: Deliver;
  private readonly patched = new WeakSet<object>();
  /** The classes of the last two, which are nearly always those of the next two. */
  private requests: object | undefined;
  private responses: object | undefined;

  constructor(deliver: Deliver) {
    this.deliver = deliver;
  }

  /** From here on the events of the two run for `work`. */
  adopt(work: Work, request: object, response: object): void {
    (request as Emitter)[WORK] = work;
    const requests = request.constructor?.prototype as object | undefined;
    if (requests !== this.requests) {
      this.requests = requests;
      this.patch(requests, request === response ? ofStream : ofRequest);
    }
    const responses = response.constructor?.prototype as object | undefined;
    if (responses !== this.responses) {
      this.responses = responses;
      this.patch(responses, ofResponse);
    }
  }

  private patch(made: object | undefined, workOf: typeof ofRequest): void {
    if (made === undefined || this.patched.has(made)) return;
    this.patched.add(made);
    if (!Object.isExtensible(made)) return;
    const prototype = made as Emitter;
    const { deliver } = this;
    const own = Object.hasOwn(prototype, 'emit') ? prototype.emit : null;
    const parent = Object.getPrototypeOf(prototype) as Emitter;
    function emit(this: Emitter, event: unknown, chunk: unknown): boolean {
      // Read each time: others may wrap the parent's after us.
      const former = own ?? parent.emit;
      const work = workOf(this, event);
      if (work !== undefined && this.listenerCount(event as string) > 0) {
        return deliver(work, former, this, event, chunk);
      }
      // biome-ignore lint/complexity/noArguments: forwards any number of them without an array
      return former.apply(this, arguments as unknown as [unknown, ...unknown[]]);
    }
    prototype.emit = emit as Emit;
  }
}
