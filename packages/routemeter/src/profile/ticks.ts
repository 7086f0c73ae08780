import type { RawProfile } from './raw.ts';

/**
 * Of a profile's samples those that the sampler did not take. V8 also notes the stack each time it throws
 * compiled code away, often hundreds of times in a millisecond where a program still warms up, and tells them apart by
 * one thing only: a node's hits count the sampler's. Which of a node's samples are too many is told by how soon
 * they came after the one before.
 */
export function strays({ nodes, samples, timeDeltas }: RawProfile): Set<number> {
  const tooMany = new Map<number, number>();
  for (const { id, hitCount } of nodes) if (hitCount !== undefined) tooMany.set(id, -hitCount);
  for (const id of samples) {
    const count = tooMany.get(id);
    if (count !== undefined) tooMany.set(id, count + 1);
  }
  const of = new Map<number, number[]>();
  for (const [i, id] of samples.entries()) {
    if ((tooMany.get(id) ?? 0) <= 0) continue;
    const known = of.get(id);
    if (known === undefined) of.set(id, [i]);
    else known.push(i);
  }
  const found = new Set<number>();
  for (const [id, own] of of) {
    own.sort((a, b) => Math.abs(timeDeltas[a] ?? 0) - Math.abs(timeDeltas[b] ?? 0));
    for (const i of own.slice(0, tooMany.get(id)!)) found.add(i);
  }
  return found;
}
