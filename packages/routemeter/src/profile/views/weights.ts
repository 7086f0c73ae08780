import type { ProfileData } from '../contract.ts';

/** What each sample of a profile stands for, in ms: added up, it is what the ledger charged to its owner. */
export interface Weights {
  cpu: Float64Array;
  stalled: Float64Array;
  /** How many samples each owner has. */
  samples: Uint32Array;
}

/**
 * Shares what each owner used among its samples. A sample does not stand for the interval: V8 takes fewer
 * than it is asked for, and calls much of what Node does between two callbacks idle. So the samples give the
 * shape, and the ledger the size. Where a thread was held, its samples share what the ledger has of that time.
 */
export function weightsOf({ owners, samples, shares }: ProfileData): Weights {
  const count = samples.owner.length;
  const part = new Float64Array(count);
  const span = new Float64Array(count).fill(1);
  for (const [i, sample] of shares.sample.entries()) {
    part[sample] = shares.share[i]!;
    span[sample] = shares.span?.[i] ?? 1;
  }
  const hits = new Uint32Array(owners.length);
  const working = new Float64Array(owners.length);
  const waiting = new Float64Array(owners.length);
  for (let i = 0; i < count; i++) {
    const owner = samples.owner[i]!;
    hits[owner]!++;
    working[owner]! += span[i]! * (1 - part[i]!);
    waiting[owner]! += span[i]! * part[i]!;
  }
  const cpu = new Float64Array(count);
  const stalled = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    const index = samples.owner[i]!;
    const owner = owners[index]!;
    const each = 1 / hits[index]!;
    // Where the samples do not tell the two apart, all of them take the same.
    cpu[i] = owner.cpu * (working[index]! > 0 ? (span[i]! * (1 - part[i]!)) / working[index]! : each);
    stalled[i] = owner.stalled * (waiting[index]! > 0 ? (span[i]! * part[i]!) / waiting[index]! : each);
  }
  return { cpu, stalled, samples: hits };
}
