// What `--write` sends and costs: series, samples and bytes of a tick of one host, for each kind of histogram and
// each message of remote write (the same on every machine), and CPU and memory of a collector at 5000 series (of this machine).
//
//     npm run build && node bench/live-write.mjs
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { writeVolume } from './live/write-volume.mjs';

const KINDS = ['native', 'vmrange', 'classic'];
/** VictoriaMetrics, which alone has vmrange, reads 1.0. */
const WAYS = KINDS.flatMap((kind) => ['1.0', '2.0'].map((message) => [kind, message]));
const HOSTS = [
  { name: '50 routes x 2 statuses with CPU, 100 requests/s', routes: 50, statuses: 2, cpu: true, rate: 100 },
  { name: 'the same at 1000 requests/s', routes: 50, statuses: 2, cpu: true, rate: 1000 },
  { name: 'the same at 5 requests/s', routes: 50, statuses: 2, cpu: true, rate: 5 },
  {
    name: '50 routes x 2 statuses without CPU, 100 requests/s',
    routes: 50,
    statuses: 2,
    cpu: false,
    rate: 100,
  },
];

for (const { name, ...workload } of HOSTS) {
  const rows = {};
  for (const [kind, message] of WAYS)
    rows[`${kind}, ${message}`] = await writeVolume(kind, workload, message);
  console.log(`\nA tick of a host with ${name}:`);
  console.table(rows);
}

console.log('\nA collector at 5000 series, all with samples in each second:');
const rows = {};
for (const [kind, message] of [['none', '1.0'], ...WAYS]) {
  const { stdout } = spawnSync(
    process.execPath,
    ['--expose-gc', fileURLToPath(new URL('./live/write-cost.mjs', import.meta.url)), kind, message],
    { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] },
  );
  rows[`${kind}, ${message}`] = JSON.parse(stdout);
}
console.table(rows);
