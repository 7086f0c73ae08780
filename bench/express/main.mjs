// Express 5 bare and with Routemeter: CPU of the server per request, and UDP packets.
// npm run bench [-- --quick] [--rounds N] [--requests N] [--node PATH]
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { table } from '../../scripts/lib/table.mjs';
import { moveLoadAway, PINNED } from '../lib/cores.mjs';
import { startCounter } from '../lib/counter.mjs';
import { chooseNode } from '../lib/node.mjs';
import { median, rotated, spread } from '../lib/numbers.mjs';
import { measure } from './round.mjs';
import { SUBJECTS } from './subjects.mjs';

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    rounds: { type: 'string' },
    requests: { type: 'string' },
    node: { type: 'string' },
  },
});
const rounds = Number(values.rounds ?? (values.quick ? 3 : 9));
const requests = Number(values.requests ?? (values.quick ? 10_000 : 30_000));
const node = chooseNode(values.node);
const conditions = { node: node.path, warmup: 20_000, requests, connections: 50 };
const where = PINNED ? 'server and load on a core each' : 'server and load share the cores';
console.log(`Express 5 GET /users/:id on Node ${node.version}, ${cpus()[0].model}, ${where};`);
console.log(`${rounds} rounds of ${requests} requests, a fresh process each, in rotated order.`);

moveLoadAway();
const counter = await startCounter();
const results = SUBJECTS.map(() => []);
for (let round = 0; round < rounds; round++) {
  for (const subject of rotated(SUBJECTS, round)) {
    results[SUBJECTS.indexOf(subject)].push(await measure(subject, { ...conditions, counter }));
  }
  process.stderr.write(`round ${round + 1} of ${rounds}\r`);
}
counter.close();

const [bare] = results;
const rows = SUBJECTS.map((subject, at) => {
  const own = results[at];
  const of = (key) => own.map((result) => result[key]);
  const added = own.map((result, round) => result.cpuUs - bare[round].cpuUs);
  return [
    subject.name,
    spread(of('cpuUs'), 1),
    at === 0 ? '-' : spread(added),
    subject.added?.toFixed(1) ?? '-',
    median(of('rssMb')).toFixed(0),
    at === 0 ? '-' : median(of('packets')).toFixed(1),
    subject.packets ?? '-',
  ];
});
const headers = ['', 'CPU µs', 'added µs', 'aim', 'MB', 'packets/1000', 'aim'];
console.log(`\n${table(headers, rows)}\n`);
console.log('CPU: user and system, of the whole server process, per request. Medians, with their ranges;');
console.log('"added" is the median of the differences to the bare app in the same round.');

const folder = join(import.meta.dirname, '../results');
mkdirSync(folder, { recursive: true });
const measured = Object.fromEntries(SUBJECTS.map(({ name }, at) => [name, results[at]]));
const report = {
  at: new Date().toISOString(),
  node: node.version,
  cpu: cpus()[0].model,
  pinned: PINNED,
  rounds,
  requests,
};
writeFileSync(join(folder, 'express.json'), `${JSON.stringify({ ...report, measured }, null, 2)}\n`);
