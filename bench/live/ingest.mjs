// How many lines a second the live server reads on one core, beside Etsy's statsd: the parser alone, parser
// and store, and the whole way through a real UDP socket from a sender on another core.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { PINNED, spawnPinned } from '../lib/cores.mjs';
import { runScript } from '../lib/script.mjs';
import { payloadsOf } from './lines.mjs';

const PACKED = 25;
const SIZES = {
  full: {
    seconds: 0.5,
    rates: [0.5, 1, 2, 5, 10, 15, 20, 30, 40, 50, 60, 80, 100, 125, 150, 175, 200, 250, 300, 350, 400, 500],
  },
  quick: { seconds: 0.3, rates: [1, 2, 4, 8, 15, 30, 60, 80, 100, 150, 200, 300] },
};
/** Other work on the machine loses packets, too: a rate holds if one of so many tries lost nothing. */
const TRIES = 3;
const file = (name) => fileURLToPath(new URL(`./${name}`, import.meta.url));

const SUBJECTS = [
  { name: 'routemeter-live', args: async () => ['ours'], type: 'd' },
  { name: 'Etsy statsd', args: async () => ['etsy', String(await freePort())], type: 'ms' },
];

/**
 * @returns lines per second of CPU of the `parser` and of `all` behind it; and `udp`, by lines a packet and
 * server: lines per second without loss, saturated, per second of CPU, and the share lost when saturated.
 */
export async function measureIngest({ node, quick, log }) {
  const { seconds, rates } = SIZES[quick ? 'quick' : 'full'];
  log('live: parser and store');
  const { parse, all } = await runScript(node.path, file('parts.mjs'));
  const udp = {};
  // What the kernel drops is known on Linux alone.
  if (process.platform !== 'linux') return { parse, all, udp };
  const hasPython = spawnSync('python3', ['--version']).status === 0;
  const folder = mkdtempSync(join(tmpdir(), 'live-ingest-'));
  try {
    for (const lines of [PACKED, 1]) {
      udp[lines] = {};
      for (const subject of SUBJECTS) {
        log(`live: ${subject.name}, ${lines} a packet`);
        const conditions = { node, folder, hasPython, seconds, rates };
        udp[lines][subject.name] = await measure(subject, lines, conditions);
      }
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return { parse, all, udp, sender: hasPython ? 'Python' : 'Node' };
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  return port;
}

/** A line-wise conversation with a child process. */
function answers(child) {
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  return async () => (await lines.next()).value;
}

/** What waits in the kernel for the socket of a port, and what it threw away there. */
function kernel(port) {
  const hex = port.toString(16).toUpperCase().padStart(4, '0');
  for (const line of readFileSync('/proc/net/udp', 'latin1').split('\n').slice(1)) {
    const columns = line.trim().split(/\s+/);
    if (columns[1] === `0100007F:${hex}`) {
      return { waiting: Number.parseInt(columns[4].split(':')[1], 16), drops: Number(columns.at(-1)) };
    }
  }
  throw new Error(`nobody listens on UDP port ${port}`);
}

/** Milliseconds of CPU that a process used. */
function cpuOf(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'latin1')
    .replace(/^.*\) /, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

async function measure(subject, lines, { node, folder, hasPython, seconds: length, rates }) {
  const args = await subject.args();
  const server = spawnPinned(node.path, [file('server.mjs'), ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const port = args[0] === 'ours' ? JSON.parse(await answers(server)()).port : Number(args[1]);
  for (let tries = 0; ; tries++) {
    try {
      kernel(port);
      break;
    } catch (error) {
      if (tries === 100) throw error;
      await wait(50);
    }
  }
  const payloads = join(folder, `${subject.type}-${lines}`);
  writeFileSync(payloads, payloadsOf(lines, subject.type).join('\0'));
  const command = hasPython ? ['python3', file('sender.py')] : [node.path, file('sender.mjs')];
  const [program, ...rest] = [...(PINNED ? ['taskset', '-c', '1'] : []), ...command, String(port), payloads];
  const sender = spawn(program, rest, { stdio: ['pipe', 'pipe', 'inherit'] });
  const answer = answers(sender);

  const run = async (rate) => {
    const before = kernel(port);
    const cpu = cpuOf(server.pid);
    const start = performance.now();
    sender.stdin.write(`${rate} ${length}\n`);
    const [sent, seconds] = (await answer()).split(' ').map(Number);
    while (kernel(port).waiting > 0) await wait(1);
    const took = (performance.now() - start) / 1000;
    const lost = kernel(port).drops - before.drops;
    // The packets in the process' own hands take no longer than this.
    await wait(20);
    return { sent, lost, seconds, took, cpu: cpuOf(server.pid) - cpu };
  };

  // The first rounds are for the compiler.
  for (let i = 0; i < 2; i++) await run(2000);
  let clean = 0;
  let behind = 0;
  for (const rate of rates.map((thousands) => thousands * 1000)) {
    let best;
    for (let i = 0; i < TRIES && best === undefined; i++) {
      const result = await run(rate);
      if (result.lost === 0) best = result;
    }
    if (best === undefined) break;
    clean = Math.max(clean, best.sent / best.seconds);
    // Where the sender cannot follow, higher rates are the same again.
    behind = best.sent / best.seconds < rate * 0.8 ? behind + 1 : 0;
    if (behind === 3) break;
  }
  const full = await run(0);
  sender.kill();
  server.kill();
  await once(server, 'exit');
  const received = full.sent - full.lost;
  return {
    clean: clean * lines,
    isSendersEnd: behind === 3,
    saturated: (received * lines) / full.took,
    perCpu: (received * lines * 1000) / full.cpu,
    lost: full.lost / full.sent,
  };
}
