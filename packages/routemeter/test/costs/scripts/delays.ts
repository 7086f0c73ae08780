// Turns of the loop and units of work that come as events, one in a turn, as many as each line of its input says, such
// as `turns 20`: what they take is counted from outside. No books are kept, so it is the engine's alone. Argument:
// `on`, `off` where delays were followed before, or `never`.

import './beats.ts';
import { readSync, writeSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { steadyClock } from './clock.ts';

const [followed] = process.argv.slice(2);
steadyClock();
const { engine } = await import('../../../src/attribution/index.ts');
const { Work } = await import('../../../src/attribution/work.ts');
if (followed !== 'never') {
  const stop = engine().followDelays();
  if (followed === 'off') stop();
}

const nothing = () => {};

function unit(): void {
  const work = new Work('request', null);
  engine().open(work, true);
  engine().queued(work);
  engine().run(work, nothing, null, null, null, null);
  engine().close(work, true);
}

const runs = { turns: nothing, units: unit };
type What = keyof typeof runs | 'rest';

function run(what: keyof typeof runs, amount: number): Promise<void> {
  return new Promise((done) => {
    const turn = () => {
      if (amount-- === 0) {
        done();
        return;
      }
      runs[what]();
      setImmediate(turn);
    };
    setImmediate(turn);
  });
}

// Without streams, whose code would be among what is counted.
const bytes = Buffer.alloc(64);
writeSync(1, 'ready\n');
for (;;) {
  const length = readSync(0, bytes, 0, bytes.length, null);
  if (length === 0) break;
  const [what, amount] = bytes.toString('latin1', 0, length).trim().split(' ') as [What, string];
  if (what === 'rest') await wait(Number(amount));
  else await run(what, Number(amount));
  writeSync(1, 'answered\n');
}
process.exit();
