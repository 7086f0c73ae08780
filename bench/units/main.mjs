// What measuring a unit of work adds to it, beside OpenTelemetry's instrumentation of the same library: CPU of the
// process that runs the units, which another process sends. Needs Redis of Debian.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { testkit } from '../lib/bundled.mjs';
import { ask, firstMessage, stopChild } from '../lib/child.mjs';
import { spawnPinned } from '../lib/cores.mjs';
import { rotated } from '../lib/numbers.mjs';
import { rival } from '../lib/rivals.mjs';
import { SUBJECTS } from './subjects.mjs';

const file = (name) => fileURLToPath(new URL(`./${name}`, import.meta.url));
const STDIO = ['ignore', 'inherit', 'pipe', 'ipc'];
/** What units are sent by, and the names under which they are told. */
const NAMES = { grpc: 'gRPC, unary hello', bullmq: 'BullMQ, job' };
const SIZES = {
  full: { warmup: 5000, units: 1000, windows: 12 },
  quick: { warmup: 2000, units: 500, windows: 4 },
  tiny: { warmup: 20, units: 20, windows: 1 },
};

/** @returns `{ conditions, rounds, missing }`; µs of all windows by round, subject and unit. */
export async function measureUnits({ node, size, rounds, only, log }) {
  const conditions = SIZES[size];
  const { folder, missing: why } = await rival('opentelemetry-units');
  if (why !== undefined) return { conditions, rounds: [], missing: { units: why } };
  const subjects = Object.keys(SUBJECTS).filter((name) => only === undefined || only.includes(name));
  const { startRedis } = await testkit('servers/redis');
  const redis = await startRedis();
  try {
    const found = [];
    for (let round = 0; round < rounds; round++) {
      log(`units: round ${round + 1} of ${rounds}`);
      const order = rotated(subjects, round);
      found.push(await oneRound({ node, folder, redis: String(redis.port), conditions, subjects: order }));
    }
    return { conditions, rounds: found, missing: {} };
  } finally {
    await redis.stop();
  }
}

/**
 * All subjects stand ready, each in a process of its own, and take turns, a window each: whatever else the machine
 * does falls on all of them alike.
 */
async function oneRound({ node, folder, redis, conditions, subjects }) {
  const { warmup, units, windows } = conditions;
  const children = {};
  const targets = {};
  const sender = spawn(node, [file('sender.mjs'), folder, redis], { stdio: STDIO });
  try {
    await firstMessage(sender);
    for (const subject of subjects) {
      children[subject] = spawnPinned(node, [file('host.mjs'), subject, folder, redis], { stdio: STDIO });
      targets[subject] = await firstMessage(children[subject]);
    }
    const run = async (subject, kind, amount) => {
      await ask(children[subject], 'announce', { units: amount });
      await ask(sender, 'send', { kind, target: targets[subject][kind], units: amount });
      const us = await ask(children[subject], 'result');
      return us;
    };
    const found = Object.fromEntries(subjects.map((subject) => [subject, {}]));
    for (const [kind, name] of Object.entries(NAMES)) {
      for (const subject of subjects) {
        await run(subject, kind, warmup);
        found[subject][name] = [];
      }
      for (let window = 0; window < windows; window++) {
        for (const subject of rotated(subjects, window)) {
          found[subject][name].push(await run(subject, kind, units));
        }
      }
    }
    return found;
  } finally {
    for (const child of [sender, ...Object.values(children)]) await stopChild(child);
  }
}
