import type { Culprit, DelayPart, DelaySink, Lag } from '../attribution/index.ts';
import type { Block, RequestScope } from '../meter/index.ts';

/** Culprits of one route between two flushes; the rest is the crowd's. */
const CULPRITS = 64;
/** Of these, those that are told of one route and part, and of all routes together. */
export const TOLD_OF_ROUTE = 10;
export const TOLD = 100;

/** Who held the loop, as it is told. `crowd` stands for all that is not told one by one. */
export type CulpritKind = 'request' | 'work' | 'outside' | 'stopped' | 'crowd';

/** What one culprit made requests of one route wait, in ms. */
export interface Blamed {
  kind: CulpritKind;
  /** Of a request its route, of other work its name. */
  name: string;
  method: string;
  ms: number;
}

const PARTS: readonly DelayPart[] = ['queued', 'delayed'];

/** What the requests of one route and method were kept waiting since the last flush, and by whom. */
export class RouteDelays implements DelaySink {
  private readonly totals = { queued: 0, delayed: 0 };
  /** Of these, what culprits were looked for. */
  private readonly worth = { queued: 0, delayed: 0 };
  private readonly blamed = { queued: new Map<string, Blamed>(), delayed: new Map<string, Blamed>() };

  /** A request has ended. */
  add(lag: Lag): void {
    lag.sink = this;
    if (lag.queued > 0) this.totals.queued += lag.queued;
    this.totals.delayed += lag.delayed;
    for (const part of PARTS) this.worth[part] += lag.worth[part];
  }

  blame(part: DelayPart, culprit: Culprit, ms: number): void {
    const { kind, name, method } = identityOf(culprit);
    const all = this.blamed[part];
    const key = `${kind} ${method} ${name}`;
    const known = all.get(key);
    if (known !== undefined) known.ms += ms;
    else if (all.size < CULPRITS) all.set(key, { kind, name, method, ms });
  }

  /** Tells what there was of each part and who is named for it, the longest first, and forgets it. */
  take(tell: (part: DelayPart, total: number, named: readonly Blamed[]) => void): void {
    for (const part of PARTS) {
      const total = this.totals[part];
      const all = this.blamed[part];
      if (total <= 0 && all.size === 0) continue;
      const sum = [...all.values()].reduce((ms, one) => ms + one.ms, 0);
      // Culprits may have been looked for in a part of the waits alone, which then stands for the others.
      const scale = sum > 0 ? Math.min(this.worth[part], total) / sum : 0;
      const named = [...all.values()]
        .map((one) => ({ ...one, ms: one.ms * scale }))
        .sort((a, b) => b.ms - a.ms)
        .slice(0, TOLD_OF_ROUTE);
      this.totals[part] = this.worth[part] = 0;
      all.clear();
      if (total > 0) tell(part, total, named);
    }
  }
}

function identityOf(culprit: Culprit): { kind: CulpritKind; name: string; method: string } {
  if (typeof culprit === 'string') return { kind: culprit, name: '', method: '' };
  if (culprit.kind === 'block') return { kind: 'work', name: (culprit as Block).name, method: '' };
  // One that is still open goes by the name it has so far.
  const { named, route, method } = culprit as RequestScope;
  return { kind: 'request', name: named ?? (route || 'pending'), method };
}
