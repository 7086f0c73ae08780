// What following calls of upstreams adds to the CPU of each, beside OpenTelemetry's instrumentation of the same
// libraries: node bench/calls/main.mjs [--rounds N] [--calls N]. Needs PostgreSQL and Redis of Debian.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { table } from '../../scripts/lib/table.mjs';
import { testkit } from '../lib/bundled.mjs';
import { chooseNode } from '../lib/node.mjs';
import { median, rotated } from '../lib/numbers.mjs';
import { rival } from '../lib/rivals.mjs';
import { runScript } from '../lib/script.mjs';

const SUBJECTS = ['bare', 'routemeter', 'opentelemetry'];
const file = (name) => fileURLToPath(new URL(`./${name}`, import.meta.url));

const { values } = parseArgs({ options: { rounds: { type: 'string' }, calls: { type: 'string' } } });
const rounds = Number(values.rounds ?? 5);
const calls = Number(values.calls ?? 2000);
const windows = 4;

const { folder, missing } = await rival('opentelemetry-calls');
if (missing !== undefined) throw new Error(missing);
const node = await chooseNode();
const { startPostgresql } = await testkit('servers/postgresql');
const { startRedis } = await testkit('servers/redis');
const [postgresql, redis] = await Promise.all([startPostgresql(), startRedis()]);
const server = spawn(node.path, [file('server.mjs')], { stdio: ['ignore', 'pipe', 'inherit'] });
try {
  const [port] = await once(server.stdout, 'data');
  const ports = JSON.stringify({ http: Number(port), postgresql: postgresql.port, redis: redis.port });
  const found = Object.fromEntries(SUBJECTS.map((subject) => [subject, []]));
  for (let round = 0; round < rounds; round++) {
    for (const subject of rotated(SUBJECTS, round)) {
      found[subject].push(
        await runScript(node.path, file('client.mjs'), [subject, folder, ports, calls, windows]),
      );
    }
  }
  const of = (subject, name) => found[subject].flatMap((one) => one[name]);
  const rows = Object.keys(found.bare[0]).map((name) => {
    const least = (subject) => Math.min(...of(subject, name));
    const added = (subject) => least(subject) - least('bare');
    return [
      name,
      least('bare').toFixed(1),
      added('routemeter').toFixed(2),
      added('opentelemetry').toFixed(2),
      (added('routemeter') / added('opentelemetry')).toFixed(2),
      SUBJECTS.map((subject) => median(of(subject, name)).toFixed(1)).join(' / '),
    ];
  });
  console.log(
    `Node ${node.version}; ${rounds} rounds, a fresh process each, in rotated order; ${windows} windows of`,
  );
  console.log(
    `${calls} calls, ten at once. CPU of the process for each call, µs: the least of all windows.\n`,
  );
  console.log(table(['', 'bare', 'Routemeter adds', 'OpenTelemetry adds', 'ratio', 'medians'], rows));
} finally {
  server.kill();
  await Promise.all([postgresql.stop(), redis.stop()]);
}
