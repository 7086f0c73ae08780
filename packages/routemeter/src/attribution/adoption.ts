import { WORK, type Work } from './work.ts';

export type Emit = (this: unknown, event: unknown, ...args: unknown[]) => boolean;
type Listen = (this: Emitter, event: unknown, ...args: unknown[]) => unknown;

interface Emitter {
  [WORK]?: Work;
  emit: Emit;
  /** Of a response: its request, which knows the work for both. */
  req?: Emitter;
  /** How many events have a listener. */
  _eventsCount?: number;
  listenerCount(event: string): number;
}

/** Runs an emit in a work's context, unless the code belongs to that work already. */
export type Deliver = (work: Work, emit: Emit, emitter: unknown, event: unknown, arg: unknown) => boolean;

/** Which events of a class of emitters arrive in another context, and whose work they are. */
interface Kind {
  hears(event: unknown): boolean;
  workOf(emitter: Emitter): Work | undefined;
}

const EVENTS = ['data', 'readable', 'end', 'drain'];
const isBody = (event: unknown) => event === 'data' || event === 'readable' || event === 'end';
const REQUEST: Kind = { hears: isBody, workOf: (emitter) => emitter[WORK] };
const RESPONSE: Kind = { hears: (event) => event === 'drain', workOf: (emitter) => emitter.req?.[WORK] };
/** A stream of HTTP/2 is both in one. */
const STREAM: Kind = { hears: (event) => isBody(event) || event === 'drain', workOf: REQUEST.workOf };

/** Node's server waits for the end of nearly every request itself, by a function of this name. */
const NODES = 'clearIncoming';
/** The last function that had it: to read a name takes longer than all else that is done for a listener. */
let nodes: unknown;

function isNodes(listener: unknown): boolean {
  if (typeof listener !== 'function') return false;
  if (listener === nodes) return true;
  if (listener.name !== NODES) return false;
  nodes = listener;
  return true;
}

/** What adds a listener; `once` and `prependOnceListener` go through these. */
const LISTENING = ['on', 'addListener', 'prependListener'] as const;

/** On emitters whose events are delivered. */
const WATCHED = Symbol('routemeter.watched');

/**
 * Leads events back into the context of the request they belong to. The parser and the socket raise
 * them in the connection's, where code of the application would run for nobody.
 *
 * Only where somebody listens to these events: most requests have no body, and to see each event of
 * all of them costs more than all the rest together.
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
    const kind = request === response ? STREAM : REQUEST;
    const requests = request.constructor?.prototype as object | undefined;
    if (requests !== this.requests) {
      this.requests = requests;
      this.patch(requests, kind);
    }
    // Who listened before the request was claimed.
    if ((request as Emitter)._eventsCount! > 0) {
      for (const event of EVENTS)
        if (kind.hears(event) && (request as Emitter).listenerCount(event) > 0)
          this.watch(request as Emitter, kind);
    }
    if (kind === STREAM) return;
    const responses = response.constructor?.prototype as object | undefined;
    if (responses === this.responses) return;
    this.responses = responses;
    this.patch(responses, RESPONSE);
  }

  private patch(made: object | undefined, kind: Kind): void {
    if (made === undefined || this.patched.has(made)) return;
    this.patched.add(made);
    const prototype = made as Record<string, Listen>;
    const parent = Object.getPrototypeOf(prototype) as Record<string, Listen>;
    const watch = (emitter: Emitter) => this.watch(emitter, kind);
    for (const method of LISTENING) {
      // Frameworks can be handed anything in place of a request.
      if (typeof prototype[method] !== 'function') continue;
      const own = Object.hasOwn(prototype, method) ? prototype[method]! : null;
      // A class that is frozen stays as it is.
      Reflect.set(prototype, method, function (this: Emitter, event: unknown, listener: unknown): unknown {
        if (kind.hears(event) && kind.workOf(this) !== undefined && !isNodes(listener)) watch(this);
        // Read each time: others may wrap the parent's after us.
        // biome-ignore lint/complexity/noArguments: forwards any number of them without an array
        return (own ?? parent[method]!).apply(this, arguments as unknown as [unknown, ...unknown[]]);
      });
    }
  }

  /** Puts an `emit` of its own on an emitter. */
  private watch(emitter: Emitter, kind: Kind): void {
    if (Object.hasOwn(emitter, WATCHED) || !Reflect.defineProperty(emitter, WATCHED, { value: true })) return;
    const { deliver } = this;
    const own = Object.hasOwn(emitter, 'emit') ? emitter.emit : null;
    const emit = function (this: Emitter, event: unknown, chunk: unknown): boolean {
      // Read each time: others may wrap the class's after us.
      const former = own ?? (Object.getPrototypeOf(emitter) as Emitter).emit;
      const work = kind.hears(event) ? kind.workOf(emitter) : undefined;
      if (work !== undefined && emitter.listenerCount(event as string) > 0) {
        return deliver(work, former, this, event, chunk);
      }
      // biome-ignore lint/complexity/noArguments: forwards any number of them without an array
      return former.apply(this, arguments as unknown as [unknown, ...unknown[]]);
    };
    Object.defineProperty(emitter, 'emit', { value: emit, writable: true, configurable: true });
  }
}
