// What the CPU engine alone adds to a request of Express 5, by variant, on Node 24 and 20.
// node bench/cpu.mjs [--rounds N] [--requests N]
import { availableParallelism, cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { table } from '../scripts/lib/table.mjs';
import { build } from './cpu/build.mjs';
import { instructionCounter } from './cpu/instructions.mjs';
import { measure } from './cpu/round.mjs';
import { moveLoadAway, PINNED } from './lib/cores.mjs';
import { median, rotated, spread } from './lib/numbers.mjs';

const VARIANTS = [
  { name: 'bare' },
  { name: 'wall only', engine: true, fraction: 0 },
  { name: 'exact, hook always on', engine: true, fraction: 1, keepOn: true },
  { name: 'exact (as shipped: lazy)', engine: true, fraction: 1 },
  { name: 'sampled, 0.1', engine: true, fraction: 0.1 },
];
const ROUTES = ['hello', 'awaits'];
const TITLES = { hello: 'answers at once', awaits: '24 awaits' };

const { values } = parseArgs({ options: { rounds: { type: 'string' }, requests: { type: 'string' } } });
const rounds = Number(values.rounds ?? 3);
const requests = Number(values.requests ?? 1500);
const windows = 4;

const { engine, nodes } = await build([24, 20]);
const counter = instructionCounter();
const where = PINNED ? 'server and load on a core each' : `on ${availableParallelism()} shared cores`;
console.log(`Express 5, ${cpus()[0].model}, ${where}; ${rounds} rounds, a fresh process each,`);
console.log(
  `in rotated order. The least of ${windows} windows of ${requests} requests: CPU of the server process in µs a request.`,
);
if (counter.why) console.log(`No instruction counts: ${counter.why}.`);
moveLoadAway();

for (const node of nodes) {
  const results = VARIANTS.map(() => []);
  for (let round = 0; round < rounds; round++) {
    for (const variant of rotated(VARIANTS, round)) {
      results[VARIANTS.indexOf(variant)].push(
        await measure({ node: node.path, engine, variant, routes: ROUTES, requests, windows, counter }),
      );
    }
  }
  const [bare] = results;
  const rows = VARIANTS.map(({ name }, at) => [
    name,
    ...ROUTES.flatMap((route) => {
      const own = results[at].map((result) => result[route]);
      const added = own.map(({ cpuUs }, round) => cpuUs - bare[round][route].cpuUs);
      const cells = [
        spread(
          own.map(({ cpuUs }) => cpuUs),
          1,
        ),
        at === 0 ? '-' : spread(added),
      ];
      if (counter.start) cells.push(median(own.map(({ kiloInstructions }) => kiloInstructions)).toFixed(1));
      return cells;
    }),
  ]);
  const headers = ROUTES.flatMap((route) => [TITLES[route], 'added', ...(counter.start ? ['ki'] : [])]);
  console.log(`\nNode ${node.version}\n${table(['', ...headers], rows)}`);
}
