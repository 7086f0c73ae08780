import type { Culprit, DelayPart, DelaySink, Lag } from '../attribution/index.ts';

/** Culprits of one account between two flushes; the rest is the crowd's. */
export const CULPRITS = 64;
/** Of these, those that are told of one account and part. */
const TOLD_OF_ACCOUNT = 10;
/** Those that are told of all accounts together. */
export const TOLD = 100;

/** What one culprit made the units of one account wait, in ms; `K` stands for it. */
export interface Blamed<K> {
  culprit: K;
  ms: number;
}

const PARTS: readonly DelayPart[] = ['queued', 'delayed'];

/** What the units of one account were kept waiting since the last flush, and by whom. */
export class DelayBook<K = unknown> implements DelaySink {
  private readonly totals = { queued: 0, delayed: 0 };
  /** Of these, what culprits were looked for. */
  private readonly worth = { queued: 0, delayed: 0 };
  private readonly blamed = { queued: new Map<K, number>(), delayed: new Map<K, number>() };
  private readonly keyOf: (culprit: Culprit) => K;

  /** @param keyOf what stands for a culprit: the same for all that are told as one. */
  constructor(keyOf: (culprit: Culprit) => K) {
    this.keyOf = keyOf;
  }

  /** A unit has ended. `stands`: for so many, itself included. */
  add(lag: Lag, stands = 1): void {
    lag.sink = this;
    if (lag.queued > 0) this.totals.queued += lag.queued * stands;
    this.totals.delayed += lag.delayed * stands;
    for (const part of PARTS) this.worth[part] += lag.worth[part] * stands;
  }

  blame(part: DelayPart, culprit: Culprit, ms: number): void {
    const key = this.keyOf(culprit);
    const all = this.blamed[part];
    const before = all.get(key);
    if (before !== undefined || all.size < CULPRITS) all.set(key, (before ?? 0) + ms);
  }

  /** Tells what there was of each part, and who is named for it, the longest first; and forgets it. */
  take(tell: (part: DelayPart, total: number, named: readonly Blamed<K>[]) => void): void {
    for (const part of PARTS) {
      const total = this.totals[part];
      const named = [...this.blamed[part]].map(([culprit, ms]) => ({ culprit, ms }));
      const sum = named.reduce((all, { ms }) => all + ms, 0);
      // Culprits may have been looked for in a part of the waits alone, which then stands for the others.
      const scale = sum > 0 ? Math.min(this.worth[part], total) / sum : 0;
      for (const one of named) one.ms *= scale;
      named.sort((a, b) => b.ms - a.ms).splice(TOLD_OF_ACCOUNT);
      this.totals[part] = this.worth[part] = 0;
      this.blamed[part].clear();
      if (total > 0) tell(part, total, named);
    }
  }
}
