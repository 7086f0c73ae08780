// Units of work, and changes of whose work the loop runs, as many as each line of its input says, such as `units 20`:
// what they take is counted from outside. Arguments: whether a profile's log follows them, `on`, `off` where one has done
// so before, or `never`; and `bytes`, where it is to tell by itself what they allocate, as JSON.

import './beats.ts';
import { readSync, writeSync } from 'node:fs';
import { steadyClock } from './clock.ts';

const [followed, how] = process.argv.slice(2);
steadyClock();
let strings = 0;
const { stringify } = JSON;
JSON.stringify = ((...given: Parameters<typeof stringify>) => {
  strings++;
  return stringify(...given);
}) as typeof stringify;

const { createMeter, NullSink } = await import('../../../src/index.ts');
const { engine } = await import('../../../src/attribution/index.ts');
const { Work } = await import('../../../src/attribution/work.ts');
const { Naming } = await import('../../../src/meter/naming.ts');
const { Log } = await import('../../../src/profile/log.ts');

const meter = createMeter({ sink: new NullSink(), flushMs: 3_600_000, runtime: false, cpu: 1 });
const loop = engine();
const nothing = () => {};
const names = ['one', 'two', 'three', 'four'];
const pair = [new Work('request', null), new Work('request', null)];
for (const work of pair) loop.open(work, true);

const inBlock = () => meter.time('block', nothing);
const runs = {
  units(i: number) {
    meter.work(names[i % names.length]!, inBlock);
  },
  changes(i: number) {
    loop.run(pair[i % 2]!, nothing, null, null, null, null);
  },
};

function run(what: keyof typeof runs, amount: number): void {
  for (let i = 0; i < amount; i++) runs[what](i);
}

if (followed !== 'never') {
  const { nameOf, blockOf } = new Naming();
  const log = new Log({ nameOf, blockOf });
  log.begin(loop.follow(log, null)!);
  if (followed === 'off') {
    run('units', 100);
    loop.follow(null, log);
    log.finish();
  }
}

if (how === 'bytes') {
  const found: Record<string, number> = {};
  let known = 0;
  for (const what of ['units', 'changes'] as const) {
    run(what, 500);
    const rounds: number[] = [];
    for (let round = 0; round < 5; round++) {
      globalThis.gc?.();
      const before = process.memoryUsage().heapUsed;
      strings = 0;
      run(what, 500);
      rounds.push((process.memoryUsage().heapUsed - before) / 500);
      known += strings;
    }
    found[what] = Math.min(...rounds);
  }
  process.stdout.write(stringify({ ...found, strings: known }), () => process.exit());
} else {
  // Without streams, whose code would be among what is counted.
  const bytes = Buffer.alloc(64);
  writeSync(1, 'ready\n');
  for (;;) {
    const length = readSync(0, bytes, 0, bytes.length, null);
    if (length === 0) break;
    const [what, amount] = bytes.toString('latin1', 0, length).trim().split(' ') as [
      keyof typeof runs,
      string,
    ];
    run(what, Number(amount));
    writeSync(1, 'answered\n');
  }
  process.exit();
}
