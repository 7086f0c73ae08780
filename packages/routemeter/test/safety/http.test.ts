import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nodeBinaries } from '../../../testkit/src/nodes.ts';
import { Hosts } from './hosts.ts';
import { type Mode, type Outcome, type Program, program } from './programs.ts';

// The present Node by default; `SAFETY_NODES=all` adds the others, `SAFETY_RUNS` and `SAFETY_SEED` say how much and what.
// The same programs each time, among them one that a pipelined request was once lost in; other seeds draw others.
const { nodes } = await nodeBinaries();
const chosen =
  process.env.SAFETY_NODES === 'all' ? nodes : nodes.filter(({ path }) => path === process.execPath);
const runs = Number(process.env.SAFETY_RUNS ?? 150);
const seed = Number(process.env.SAFETY_SEED ?? 360_897_984);
/** A program whose steps race in Node itself has several outcomes: each of ours must be one of its own. */
const TRIES = 6;

const visible = ({ app, wire, reached }: Outcome): string => JSON.stringify({ app, wire, reached }, null, 1);

describe.each(chosen)('an HTTP server on Node $version', ({ path }) => {
  let hosts: Hosts;
  beforeAll(async () => {
    hosts = await Hosts.start(path);
  });
  afterAll(() => hosts.stop());

  async function holds(one: Program): Promise<void> {
    const outcomes = new Map<Mode, Outcome>(await hosts.runAll(one));
    const allowed = new Set([visible(outcomes.get('bare')!)]);
    for (const [mode, first] of outcomes) {
      if (mode === 'bare') continue;
      let outcome = first;
      for (let again = 1; again < TRIES && !allowed.has(visible(outcome)); again++) {
        allowed.add(visible(await hosts.run('bare', one)));
        outcome = await hosts.run(mode, one);
      }
      if (!allowed.has(visible(outcome))) {
        expect({ mode, seen: visible(outcome) }).toEqual({ mode, seen: [...allowed][0] });
      }
      expect({ mode, measured: outcome.measured }).toEqual({ mode, measured: outcome.reached });
    }
  }

  it(`behaves the same with and without us, and measures each request once (seed ${seed}, ${runs} programs)`, async () => {
    await fc.assert(fc.asyncProperty(program, holds), {
      numRuns: runs,
      seed,
      interruptAfterTimeLimit: 100_000,
    });
  }, 120_000);
});
