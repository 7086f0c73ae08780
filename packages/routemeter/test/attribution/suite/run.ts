import { setTimeout as sleep } from 'node:timers/promises';
import type { Case, Figures, Outcome } from './case.ts';
import { CASES } from './cases.ts';
import { OUTSIDE, Rig } from './rig.ts';

const TIMEOUT_MS = 60_000;

async function outcome(found: Case): Promise<Outcome> {
  const rig = new Rig();
  await rig.listen();
  const expected: Figures = {};
  const measured: Figures = {};
  const name = found.name;
  const result: Outcome = { name, expected, measured };
  if (found.documented !== undefined) result.documented = found.documented;
  try {
    const further = await Promise.race([
      found.run(rig),
      sleep(TIMEOUT_MS, null, { ref: false }).then(() => {
        throw new Error(`not done after ${TIMEOUT_MS} ms`);
      }),
    ]);
    compare(rig, found, expected, measured);
    if (further) {
      Object.assign(expected, further.expected);
      Object.assign(measured, further.measured);
    }
  } catch (error) {
    result.error = String((error as Error).stack ?? error);
  }
  await rig.stop();
  return result;
}

function compare(rig: Rig, found: Case, expected: Figures, measured: Figures): void {
  const totals = rig.engine.totals();
  let truth: Figures = Object.fromEntries(rig.truth);
  if (found.wrong !== undefined) truth = found.wrong(truth);
  for (const [label, ms] of Object.entries(truth)) expected[label] = ms;
  measured[OUTSIDE] = totals.outside;
  expected[OUTSIDE] ??= 0;
  for (const [label, { work, late }] of rig.seen) {
    measured[label] = work.cpu + late;
    expected[label] ??= 0;
    if (!work.exact) continue;
    // The split of each request adds up, and nobody's time is negative.
    expected[`${label} wall`] = work.wall;
    measured[`${label} wall`] = work.cpu + work.stalled + work.loopBusy + work.idle;
  }
}

const major = Number.parseInt(process.versions.node, 10);
const outcomes: Outcome[] = [{ name: 'runtime', expected: {}, measured: { major } }];
const only = process.argv[2] ?? '';
for (const found of CASES) {
  if (found.name.includes(only)) outcomes.push(await outcome(found));
}
process.stdout.write(`${JSON.stringify(outcomes)}\n`, () => process.exit());
