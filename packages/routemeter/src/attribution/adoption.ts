import type { Work } from './work.ts';

const WORK = Symbol('routemeter.work');

export type Emit = (this: unknown, event: unknown, ...args: unknown[]) => boolean;

interface Emitter {
  [WORK]?: Work | undefined;
  emit: Emit;
  /** Set by Node where it throws away a body that nobody read, and listens to its end itself. */
  _dumped?: boolean;
  listenerCount(event: string): number;
}

/** Runs an emit in a work's context, unless the code belongs to that work already. */
export type Deliver = (work: Work, emit: Emit, emitter: unknown, event: unknown, arg: unknown) => boolean;

const BODY: ReadonlySet<unknown> = new Set(['data', 'readable', 'end']);
const DRAIN: ReadonlySet<unknown> = new Set(['drain']);

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

  constructor(deliver: Deliver) {
    this.deliver = deliver;
  }

  /** From here on the events of the two run for `work`. */
  adopt(work: Work, request: object, response: object): void {
    this.lead(request, BODY, work);
    this.lead(response, DRAIN, work);
  }

  private lead(target: object, events: ReadonlySet<unknown>, work: Work): void {
    (target as Emitter)[WORK] = work;
    const made = (target as { constructor?: { prototype?: object } }).constructor?.prototype;
    if (made !== undefined && !this.patched.has(made)) this.patch(made as Emitter, events);
  }

  private patch(prototype: Emitter, events: ReadonlySet<unknown>): void {
    this.patched.add(prototype);
    const { deliver } = this;
    const own = Object.hasOwn(prototype, 'emit') ? prototype.emit : null;
    const parent = Object.getPrototypeOf(prototype) as Emitter;
    function emit(this: Emitter, event: unknown, chunk: unknown): boolean {
      // Read each time: others may wrap the parent's after us.
      const former = own ?? parent.emit;
      const work = this[WORK];
      if (
        work !== undefined &&
        events.has(event) &&
        this._dumped !== true &&
        this.listenerCount(event as string) > 0
      ) {
        return deliver(work, former, this, event, chunk);
      }
      // biome-ignore lint/complexity/noArguments: forwards any number of them without an array
      return former.apply(this, arguments as unknown as [unknown, ...unknown[]]);
    }
    prototype.emit = emit as Emit;
  }
}
