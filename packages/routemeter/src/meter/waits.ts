import type { Waits, Work } from '../attribution/index.ts';

/** Where the calls of an ended unit of work are recorded; `M` is the meter. */
export interface ReportedWaits<M> extends Waits {
  /** The unit's name is final. `route` is null outside a request; `meter` is null where nothing is recorded. */
  report(meter: M | null, route: string | null, method: string): void;
}

/** Hands the final name of a unit to what followed its calls, if anything did. */
export function reportWaits<M>(unit: Work, meter: M | null, route: string | null, method: string): void {
  if (unit.waits !== null) (unit.waits as ReportedWaits<M>).report(meter, route, method);
}
