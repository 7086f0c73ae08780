// Compares what the CPU engine says with what the scheduler says, on every supported Node, with and
// without another process that competes for the same core. Exits with 1 where it is further off than
// docs/cpu.md promises.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import http from 'node:http';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { build } from 'tsdown';

const BURNING = 20;
const WAITING = 50;
const ROUNDS = 3;
/** How far burning requests may be off the truth, their mean and nine of ten, and what waiting ones may show. */
const QUIET = { mean: 0.01, most: 0.02, waitingMs: 0.5 };
const HOG = { mean: 0.02, most: 0.05, waitingMs: 0.5 };

const { values: options } = parseArgs({ options: { nodes: { type: 'string', default: '20,22,24,26' } } });
const wanted = options.nodes.split(',').map(Number);
const root = new URL('..', import.meta.url);

async function bundled(name, path) {
  const outDir = new URL(`.cache/bundles/${name}/`, root).pathname;
  const entry = { [name]: new URL(path, root).pathname };
  const how = { format: 'esm', platform: 'node', target: 'node20.19', fixedExtension: true, dts: false };
  await build({ ...how, config: false, entry, outDir, clean: false, logLevel: 'error' });
  return `${outDir}${name}.mjs`;
}

function request(port, path) {
  return new Promise((resolve, reject) => {
    const req = http.get({ host: '127.0.0.1', port, path, agent: false }, (res) => {
      let text = '';
      res.on('data', (chunk) => {
        text += chunk;
      });
      res.on('end', () => resolve(text));
    });
    req.on('error', reject);
  });
}

function round(port, label) {
  const all = [];
  for (let i = 0; i < WAITING; i++) all.push(request(port, `/w${label}x${i}/wait`));
  for (let i = 0; i < BURNING; i++) all.push(request(port, `/b${label}x${i}/${i % 2 ? 'steps' : 'burn'}`));
  return Promise.all(all);
}

async function measure(node, script, core, hogged) {
  const pinned = core === null ? [] : ['taskset', '-c', String(core)];
  const start = (command) => {
    const [file, ...args] = [...pinned, ...command];
    return spawn(file, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  };
  const server = start([node.path, script]);
  let hog = null;
  try {
    const [line] = await once(server.stdout.setEncoding('utf8'), 'data');
    const port = Number(line);
    // The first round warms up; its code is compiled while it runs.
    await round(port, 'warm');
    await request(port, '/r0/report');
    if (hogged)
      hog = start([
        process.execPath,
        '-e',
        'process.stdin.on("end", () => process.exit()).resume(); (function spin() { const end = Date.now() + 50; while (Date.now() < end); setImmediate(spin) })()',
      ]);
    for (let i = 0; i < ROUNDS; i++) await round(port, i);
    return JSON.parse(await request(port, '/r1/report'));
  } finally {
    hog?.kill();
    server.kill();
  }
}

/** The garbage collector and the compiler are the requests' own CPU as well, but a few pay for all. */
const MOST = 0.9;

const percentile = (values, p) => values.toSorted((a, b) => a - b)[Math.ceil(values.length * p) - 1];
const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;

function judge(found, limits) {
  const burning = found.rows.filter(({ kind }) => kind === 'burn' || kind === 'steps');
  const waiting = found.rows.filter(({ kind }) => kind === 'wait');
  // What a request takes beyond its handler's code, which is all that the truth is about.
  const beside = mean(waiting.map(({ cpu, truth }) => cpu - truth));
  const errors = burning.map(({ cpu, truth }) => (cpu - beside) / truth - 1);
  const total = mean(errors);
  const most = percentile(errors.map(Math.abs), MOST);
  const cpus = waiting.map(({ cpu }) => cpu);
  const idle = percentile(cpus, MOST);
  const complete = burning.length === BURNING * ROUNDS && waiting.length === WAITING * ROUNDS;
  return {
    ok: complete && Math.abs(total) <= limits.mean && most <= limits.most && idle < limits.waitingMs,
    cells: [
      mean(burning.map(({ truth }) => truth)).toFixed(2),
      mean(burning.map(({ cpu }) => cpu)).toFixed(2),
      `${(total * 100).toFixed(2)} %`,
      `${(most * 100).toFixed(2)} %`,
      `${(Math.max(...errors.map(Math.abs)) * 100).toFixed(2)} %`,
      mean(burning.map((row) => row.process)).toFixed(0),
      mean(cpus).toFixed(3),
      idle.toFixed(3),
      Math.max(...cpus).toFixed(3),
      mean(waiting.map((row) => row.process)).toFixed(0),
    ],
  };
}

if (process.platform !== 'linux') {
  console.log('check:cpu needs the scheduler statistics of Linux for its truth: skipped here');
  process.exit(0);
}
const { nodeBinaries } = await import(await bundled('nodes', 'packages/testkit/src/nodes.ts'));
const script = await bundled(
  'attribution-accuracy',
  'packages/routemeter/test/attribution/scripts/accuracy.ts',
);
const { nodes: all, skipped } = await nodeBinaries();
const nodes = all.filter(({ major }) => wanted.includes(major));
for (const reason of skipped) console.log(`skipped: ${reason}`);
const canPin = spawnSync('taskset', ['-V']).status === 0;
const core = canPin ? availableParallelism() - 1 : null;
if (!canPin)
  console.log('skipped: the rows with a hog, since there is no taskset to put it on the same core');

console.log(
  `${BURNING} requests that burn 20 ms of CPU and ${WAITING} that wait 200 ms, at once, ${ROUNDS} times; ms`,
);
const head = [
  'Node',
  'core',
  'truth',
  'ours',
  'off',
  '9 of 10',
  'worst',
  'process',
  'waiting',
  '9 of 10',
  'worst',
  'process',
  '',
];
const widths = [9, 6, 7, 7, 8, 8, 8, 8, 8, 8, 7, 8, 0];
const print = (cells) => console.log(cells.map((cell, i) => String(cell).padEnd(widths[i])).join(' '));
print(head);
let missed = 0;
for (const node of nodes) {
  for (const hogged of canPin ? [false, true] : [false]) {
    const found = await measure(node, script, core, hogged);
    // Waiting for the core this much of its running time, the server had company that nobody started here.
    const isShared = !hogged && found.contention > 0.02;
    const name = [node.version, hogged ? 'hog' : isShared ? 'shared' : 'quiet'];
    if (found.mode.mode !== 'exact') {
      print([...name, `skipped: ${found.mode.why}`]);
      continue;
    }
    const { ok, cells } = judge(found, hogged || isShared ? HOG : QUIET);
    if (!ok) missed++;
    print([...name, ...cells, ok ? '' : 'MISSED']);
  }
}
process.exitCode = missed > 0 ? 1 : 0;
