import type { Gate } from '../gate.ts';
import type { Ledger } from '../ledger.ts';
import type { Prices } from './limit.ts';

const ROUNDS = 8;
const AWAITS = 200;
const SETTLES = 50;
/** A clock too coarse for all this must not make the measuring look free. */
const LEAST: Prices = { look: 0.00001, settle: 0.00005 };

async function awaits(): Promise<void> {
  for (let i = 0; i < AWAITS; i++) await null;
}

/**
 * What measuring costs on this Node and machine: as many continuations with the hook and without, and readings
 * of the clocks; of each the least of several rounds. Takes about a millisecond, in one go: all of it is
 * continuations, and between these the loop runs nothing else.
 */
export async function findPrices(gate: Gate, ledger: Ledger, clock: () => number): Promise<Prices> {
  const least = {
    off: Number.POSITIVE_INFINITY,
    on: Number.POSITIVE_INFINITY,
    settle: Number.POSITIVE_INFINITY,
  };
  const timed = async (what: 'off' | 'on') => {
    const began = clock();
    await awaits();
    least[what] = Math.min(least[what], clock() - began);
  };
  ledger.switchTo(null);
  await gate.byHand(async (hook) => {
    for (let round = 0; round < ROUNDS; round++) {
      await timed('off');
      hook.enable();
      await timed('on');
      hook.disable();
      const began = clock();
      for (let i = 0; i < SETTLES; i++) ledger.settle();
      least.settle = Math.min(least.settle, clock() - began);
    }
  });
  return {
    look: Math.max(LEAST.look, (least.on - least.off) / AWAITS),
    settle: Math.max(LEAST.settle, least.settle / SETTLES),
  };
}
