// What following calls of upstreams adds to each, beside OpenTelemetry's instrumentation of the same libraries: CPU
// of the process, and instructions where callgrind can count them. Needs PostgreSQL and Redis of Debian.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { testkit } from '../lib/bundled.mjs';
import { spawnPinned } from '../lib/cores.mjs';
import { rotated } from '../lib/numbers.mjs';
import { rival } from '../lib/rivals.mjs';
import { instructionsOf } from './instructions.mjs';
import { SUBJECTS } from './subjects.mjs';

const file = (name) => fileURLToPath(new URL(`./${name}`, import.meta.url));
/** As a backend makes them. */
const AT_ONCE = 10;
const SIZES = {
  full: { warmup: 3000, calls: 1000, windows: 12, counted: { counted: 2048 } },
  quick: { warmup: 3000, calls: 1000, windows: 4, counted: null },
  tiny: { warmup: 20, calls: 20, windows: 1, counted: null },
};

/** @returns `{ conditions, rounds, instructions, missing }`; µs of all windows by round, subject and call. */
export async function measureCalls({ node, size, rounds, only, log }) {
  const conditions = SIZES[size];
  const missing = {};
  const { folder, missing: why } = await rival('opentelemetry-calls');
  if (why !== undefined) return { conditions, rounds: [], instructions: {}, missing: { calls: why } };
  const subjects = Object.keys(SUBJECTS).filter((name) => only === undefined || only.includes(name));
  const servers = await startServers(node);
  try {
    const found = [];
    for (let round = 0; round < rounds; round++) {
      log(`calls: round ${round + 1} of ${rounds}`);
      found.push(await oneRound({ node, folder, servers, conditions, subjects: rotated(subjects, round) }));
    }
    const instructions = {};
    if (conditions.counted === null) missing.instructions = 'a quick run counts none';
    else if (spawnSync('valgrind', ['--version']).error) missing.instructions = 'there is no valgrind here';
    else {
      for (const name of Object.keys(found[0].bare)) {
        log(`calls: instructions of ${name}`);
        instructions[name] = Math.round(await instructionsOf(node, name, conditions.counted));
      }
    }
    return { conditions, rounds: found, instructions, missing };
  } finally {
    await servers.stop();
  }
}

async function startServers(node) {
  const { startPostgresql } = await testkit('servers/postgresql');
  const { startRedis } = await testkit('servers/redis');
  const [postgresql, redis] = await Promise.all([startPostgresql(), startRedis()]);
  const http = spawn(node, [file('server.mjs')], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [port] = await once(http.stdout, 'data');
  return {
    ports: JSON.stringify({ http: Number(port), postgresql: postgresql.port, redis: redis.port }),
    async stop() {
      http.kill();
      await Promise.all([postgresql.stop(), redis.stop()]);
    },
  };
}

/**
 * All subjects stand ready, each in a process of its own, and take turns, a window each: whatever else the machine
 * does falls on all of them alike.
 */
async function oneRound({ node, folder, servers, conditions, subjects }) {
  const { warmup, calls, windows } = conditions;
  const children = {};
  try {
    let names = [];
    for (const subject of subjects) {
      const args = [file('client.mjs'), subject, folder, servers.ports];
      children[subject] = spawnPinned(node, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
      [names] = await once(children[subject], 'message');
    }
    const ask = async (subject, message) => {
      children[subject].send(message);
      const [us] = await once(children[subject], 'message');
      return us;
    };
    const found = Object.fromEntries(subjects.map((subject) => [subject, {}]));
    for (const name of names) {
      for (const subject of subjects) {
        await ask(subject, { name, calls: warmup, atOnce: AT_ONCE });
        found[subject][name] = [];
      }
      for (let window = 0; window < windows; window++) {
        for (const subject of rotated(subjects, window)) {
          found[subject][name].push(await ask(subject, { name, calls, atOnce: AT_ONCE }));
        }
      }
    }
    return found;
  } finally {
    for (const child of Object.values(children)) child.disconnect();
  }
}
