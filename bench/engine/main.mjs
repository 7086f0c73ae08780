// What the CPU engine alone adds to a request of Express 5, by variant, on Node 24 and 20.
// node bench/engine/main.mjs [--rounds N] [--requests N]
import { execFileSync } from 'node:child_process';
import { availableParallelism, cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { table } from '../../scripts/lib/table.mjs';
import { moveLoadAway, PINNED } from '../lib/cores.mjs';
import { instructionCounter } from '../lib/instructions.mjs';
import { median, rotated } from '../lib/numbers.mjs';
import { build } from './build.mjs';
import { measure } from './round.mjs';

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
/** On a busy machine further rounds than two are left out. */
const BUDGET_MS = 30_000;

const { engine, nodes, all } = await build([24, 20]);
const CALLS = fileURLToPath(new URL('./calls.mjs', import.meta.url));
const calls = all.map(({ version, path }) => {
  const found = JSON.parse(execFileSync(path, [CALLS, engine], { encoding: 'utf8' }));
  const { storage, wall, exact, bareAwait, hookAwait, laterAwait } = found;
  return [version, storage, wall, exact, bareAwait, hookAwait, laterAwait];
});
console.log(
  'The calls alone, ns: a storage of one store, a request with wall time, with CPU (both with that',
);
console.log('storage), and an await before the hook was ever on, while it is on, and after.');
console.log(`${table(['Node', 'storage', 'wall', 'CPU', 'await', 'hook on', 'after'], calls)}\n`);

const counter = instructionCounter();
const where = PINNED ? 'server and load on a core each' : `on ${availableParallelism()} shared cores`;
console.log(`Express 5, ${cpus()[0].model}, ${where}; ${rounds} rounds, a fresh process each,`);
console.log(
  `in rotated order, ${windows} windows of ${requests} requests each. CPU of the server process from the kernel, µs a request:`,
);
console.log(
  'the least of all windows, since whatever else runs on the machine can only add to it; the median of the rounds; and what the least is above the bare one.',
);
if (counter.why) console.log(`No instruction counts: ${counter.why}.`);
moveLoadAway();

for (const node of nodes) {
  const results = VARIANTS.map(() => []);
  const until = performance.now() + BUDGET_MS;
  for (let round = 0; round < rounds && (round < 2 || performance.now() < until); round++) {
    for (const variant of rotated(VARIANTS, round)) {
      results[VARIANTS.indexOf(variant)].push(
        await measure({ node: node.path, engine, variant, routes: ROUTES, requests, windows, counter }),
      );
    }
  }
  const least = (at, route) => Math.min(...results[at].map((result) => result[route].cpuUs));
  const rows = VARIANTS.map(({ name }, at) => [
    name,
    ...ROUTES.flatMap((route) => {
      const own = results[at].map((result) => result[route]);
      const cells = [
        least(at, route).toFixed(1),
        median(own.map(({ cpuUs }) => cpuUs)).toFixed(1),
        at === 0 ? '-' : (least(at, route) - least(0, route)).toFixed(1),
      ];
      if (counter.start) cells.push(median(own.map(({ kiloInstructions }) => kiloInstructions)).toFixed(1));
      return cells;
    }),
  ]);
  const headers = ROUTES.flatMap((route) => [
    TITLES[route],
    'median',
    'added',
    ...(counter.start ? ['ki'] : []),
  ]);
  console.log(`\nNode ${node.version}\n${table(['', ...headers], rows)}`);
}
