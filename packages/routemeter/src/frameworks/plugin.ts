import { defaultMeter, type Meter } from '../meter/index.ts';
import { enter, installEntry, type RequestSpan, tracker } from '../request/index.ts';
import { watchContexts } from './told/context.ts';
import { nameTold } from './told/index.ts';

/**
 * For frameworks that give their plugins no server: claims the requests of all servers of this process, as the
 * preload does, and asks frameworks for names. Does so once, with the preload or without.
 */
export function followProcess(): void {
  if (defaultMeter().enabled) installEntry(() => ({ request: enter, listening: () => {} }));
  askFrameworks();
}

/** Has frameworks that tell their routes asked for them. */
export function askFrameworks(): void {
  tracker().nameTold = nameTold;
  watchContexts();
}

/** The same for the span of the request at work. */
export function handOverScope(span: RequestSpan, meter: Meter | null): void {
  if (meter !== null) tracker().handOverSpan(span, meter);
}

/** Hands the request at work over to a meter of the application's own. */
export function handOver(request: object | undefined, meter: Meter | null): void {
  if (meter !== null && request !== undefined) tracker().handOver(request, meter);
}
