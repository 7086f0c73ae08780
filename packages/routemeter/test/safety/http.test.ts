import fc from 'fast-check';
import { expect } from 'vitest';
import { nodeBinaries } from '../../../testkit/src/nodes.ts';
import { type Found, isLong, scenario, size } from '../../../testkit/src/reliability/scenario.ts';
import { Hosts } from './hosts.ts';
import { edgyProgram, MODES, type Mode, type Outcome, type Program, program } from './programs.ts';

// The same programs each time, among them one that a pipelined request was once lost in; the long run draws
// others on every Node there is. `SAFETY_SEED` repeats a run whose seed a failure told.
const { nodes } = await nodeBinaries();
const chosen = isLong ? nodes : nodes.filter(({ path }) => path === process.execPath);
const FIXED = 360_897_984;
const seed = Number(process.env.SAFETY_SEED ?? size(FIXED, Date.now() % 2 ** 31));
/** As many as fit, for each Node. */
const RUNS = size(150, 20_000);
const LIMIT_MS = size(60_000, 45_000);
/** A program whose steps race in Node itself has several outcomes: each of ours must be one of its own. */
const TRIES = 6;

const visible = ({ app, wire, reached }: Outcome): string => JSON.stringify({ app, wire, reached }, null, 1);

/** The requests that reached the application. */
async function holds(hosts: Hosts, one: Program): Promise<number> {
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
    const { measured, reached, refused } = outcome;
    expect({ mode, measured }).toEqual({ mode, measured: reached + refused });
  }
  return outcomes.get('bare')!.reached;
}

async function holdsAlways(drawn: fc.Arbitrary<Program>, runs: number): Promise<Found> {
  let programs = 0;
  let reached = 0;
  for (const { path } of chosen) {
    const hosts = await Hosts.start(path);
    try {
      const property = fc.asyncProperty(drawn, async (one) => {
        reached += await holds(hosts, one);
        programs++;
      });
      await fc.assert(property, { numRuns: runs, seed, interruptAfterTimeLimit: LIMIT_MS });
    } finally {
      await hosts.stop();
    }
  }
  expect(programs).toBeGreaterThan(20);
  expect(reached).toBeGreaterThan(programs / 2);
  return {
    tried: `${programs} programs of up to 4 requests, of which ${reached} reached the application, ${MODES.length - 1} ways of measuring; seed ${seed}; Node ${chosen.map(({ major }) => major).join(', ')}`,
    saw: 'the same events, results, errors and bytes as without us',
    lost: 'nothing: one sample for each request that reached the application, or that Node refused beyond the limit of its connection',
  };
}

scenario('http-programs', [120, 600], () => holdsAlways(program, RUNS));
scenario('http-edges', [120, 600], () => holdsAlways(edgyProgram, size(50, RUNS)));
