import { setTimeout as sleep } from 'node:timers/promises';
import { engine } from '../../../src/attribution/engine.ts';
import { Work } from '../../../src/attribution/work.ts';

// Finds out what measuring costs here, in the midst of units that are open, and tells whether these are still measured.
const loop = engine();
const endLimit = loop.limit(1e-9);
const spinning = { sum: 0 };

function spin(): void {
  const until = performance.now() + 5;
  while (performance.now() < until) spinning.sum++;
}

/** A unit that is open until it is told to go on, and computes then. */
function begin(goOn: Promise<unknown>): Work {
  const work = new Work('request', null);
  loop.open(work, loop.choose(work));
  const code = async () => {
    await goOn;
    spin();
    await null;
    spin();
    loop.close(work);
  };
  loop.run(work, code, undefined, undefined, undefined, undefined);
  loop.hold(work);
  return work;
}

let goOn = () => {};
const told = new Promise<void>((resolve) => (goOn = resolve));
const before = begin(told);
// Slices begin a second or more after this, when what they cost is known.
while (loop.measured()?.share === 1) {
  for (let i = 0; i < 1000; i++) await null;
  await sleep(1);
}
const { share, overhead, why } = loop.measured()!;
goOn();
while (!before.ended) await sleep(1);
endLimit();
const after = begin(sleep(1));
while (!after.ended) await sleep(1);

// Another process can take the core from what spins, which is no CPU then.
const toldOf = ({ exact, cpu, stalled, rate }: Work) => ({ exact, held: cpu + stalled, rate });
process.stdout.write(JSON.stringify({ share, overhead, why, before: toldOf(before), after: toldOf(after) }));
