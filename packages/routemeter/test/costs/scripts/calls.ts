// What following one call costs around libraries that do nothing but answer a turn of the loop later, by what it
// uses: prints JSON. Run with --expose-gc and a young generation that no collection interrupts.

import { counts } from './counters.ts';

// After the clocks, which are counted from there on.
const { createMeter, NullSink } = await import('../../../src/index.ts');
const { upstreams } = await import('../../../src/calls/upstreams.ts');
const { CLIENTS, MODULES } = await import('./hollow-clients.ts');

// The buffer of a series grows in one of the rounds, which the least of them leaves out.
const WARM = 1300;
const CALLS = 600;
const OF_A_UNIT = 10;
const ROUNDS = 5;

type Counts = typeof counts & { bytes: number };

/** Per call, the least of several rounds: what else runs in the process only adds. */
async function costs(follows: boolean, cpu: 'auto' | 'off'): Promise<Record<string, Counts>> {
  const options = { upstreams: follows, breakdown: true, cpu };
  const meter = createMeter({ sink: new NullSink(), flushMs: 600_000, ...options });
  const found: Record<string, Counts> = {};
  for (const [name, call] of Object.entries(CLIENTS)) {
    const make = async (calls: number) => {
      for (let made = 0; made < calls; made += OF_A_UNIT) {
        await meter.time('job', async () => {
          for (let i = 0; i < OF_A_UNIT; i++) await call();
        });
      }
    };
    await make(WARM);
    const rounds: Counts[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      globalThis.gc?.();
      const before = { ...counts, bytes: process.memoryUsage().heapUsed };
      await make(CALLS);
      const now = { ...counts, bytes: process.memoryUsage().heapUsed };
      const each = Object.keys(now).map((key) => [
        key,
        (now[key as 'clock'] - before[key as 'clock']) / CALLS,
      ]);
      rounds.push(Object.fromEntries(each) as Counts);
    }
    const names = Object.keys(rounds[0]!) as (keyof Counts)[];
    found[name] = Object.fromEntries(
      names.map((key) => [key, Math.min(...rounds.map((round) => round[key]))]),
    ) as Counts;
  }
  await meter.close();
  return found;
}

const added: Record<string, Counts> = {};
const bare: Record<string, Record<string, Counts>> = {};
// First without following any: what is replaced stays for the life of the process.
for (const cpu of ['off', 'auto'] as const) bare[cpu] = await costs(false, cpu);
upstreams(...MODULES);
for (const cpu of ['off', 'auto'] as const) {
  for (const [name, found] of Object.entries(await costs(true, cpu))) {
    for (const key of Object.keys(found) as (keyof Counts)[]) found[key] -= bare[cpu]![name]![key];
    added[`${name} ${cpu}`] = found;
  }
}
process.stdout.write(`${JSON.stringify(added)}\n`, () => process.exit());
