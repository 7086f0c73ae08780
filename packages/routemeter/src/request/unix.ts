import { sharedPorts } from '../attribution/index.ts';
import type { RequestSpan } from './span.ts';

/** In a place: nothing, or that the server in another thread has the request. Else a hash of what was sent. */
const FREE = 0;
const ARRIVED = 1;
/** Places stand behind the ports of TCP; there are none where an earlier version of the library made the memory. */
const BEHIND = 65_536;

/**
 * Requests that this process forwards over Unix sockets, where no port tells who sent what: known by what was sent.
 * Of two that say the same, it does not matter which is which.
 *
 * In the same thread the first one counts, as over TCP. In another thread the second one does: a front that nobody has
 * named knows less than what it hands everything to, as the development server of Nitro does.
 */
export class UnixForwarded {
  /** The first says whether there ever was one. */
  private readonly places = sharedPorts().subarray(BEHIND);
  /** Of this thread. Each leaves with the end of the request. */
  private readonly spans = new Map<RequestSpan, number>();

  get isUsed(): boolean {
    return this.places[0] === 1;
  }

  sent(span: RequestSpan, hash: number): void {
    const { places, spans } = this;
    if (spans.has(span)) return;
    const at = places.indexOf(FREE, 1);
    const mark = markOf(hash);
    // All of them are taken, or another thread was faster: then both count.
    if (at < 0 || Atomics.compareExchange(places, at, FREE, mark) !== FREE) return;
    places[0] = 1;
    spans.set(span, at);
  }

  /** The request of this thread by which one was forwarded that arrives; null for none. Asked once for each. */
  take(hash: number): RequestSpan | null {
    const { places, spans } = this;
    const mark = markOf(hash);
    const at = places.indexOf(mark, 1);
    if (at < 0) return null;
    for (const [span, own] of spans) {
      if (own !== at) continue;
      this.leave(span);
      return span;
    }
    Atomics.compareExchange(places, at, mark, ARRIVED);
    return null;
  }

  /** A request ends: whether a server of another thread has it, and counts it in its place. */
  leave(span: RequestSpan): boolean {
    if (this.spans.size === 0) return false;
    const at = this.spans.get(span);
    if (at === undefined) return false;
    this.spans.delete(span);
    const hasArrived = Atomics.exchange(this.places, at, FREE) === ARRIVED;
    return hasArrived && span.guess && !span.explicit;
  }
}

function markOf(hash: number): number {
  return hash <= ARRIVED ? hash + 2 : hash;
}
