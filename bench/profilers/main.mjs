// What a profile costs while it is taken, before and after, beside the profilers of dd-trace and Pyroscope at the
// same interval: CPU of the process, the sampler's thread included.
import { fileURLToPath } from 'node:url';
import { startAgent } from '../lib/agent.mjs';
import { ask, firstMessage, stopChild } from '../lib/child.mjs';
import { spawnPinned } from '../lib/cores.mjs';
import { rotated } from '../lib/numbers.mjs';
import { rival } from '../lib/rivals.mjs';
import { PHASES, SUBJECTS } from './subjects.mjs';

const APP = fileURLToPath(new URL('./app.mjs', import.meta.url));
const SIZES = {
  full: { warmup: 5000, units: 1000, windows: 8 },
  quick: { warmup: 2000, units: 500, windows: 4 },
  tiny: { warmup: 20, units: 20, windows: 1 },
};

/** @returns `{ conditions, rounds, missing }`; by round and subject µs of all windows of each phase. */
export async function measureProfilers({ node, size, rounds, only, log }) {
  const conditions = SIZES[size];
  const { folder, missing: why } = await rival('profilers');
  if (why !== undefined) return { conditions, rounds: [], missing: { profilers: why } };
  const subjects = Object.keys(SUBJECTS).filter((name) => only === undefined || only.includes(name));
  const agent = await startAgent();
  try {
    const found = [];
    for (let round = 0; round < rounds; round++) {
      log(`profilers: round ${round + 1} of ${rounds}`);
      found.push(await oneRound({ node, folder, agent, conditions, subjects: rotated(subjects, round) }));
    }
    return { conditions, rounds: found, missing: {} };
  } finally {
    agent.close();
  }
}

/** All subjects stand ready, each in a process of its own, and take turns, a window each. */
async function oneRound({ node, folder, agent, conditions, subjects }) {
  const { warmup, units, windows } = conditions;
  const children = {};
  try {
    for (const subject of subjects) {
      const stdio = ['ignore', 'inherit', 'pipe', 'ipc'];
      children[subject] = spawnPinned(node, [APP, subject, folder, agent.url], { stdio });
      await firstMessage(children[subject]);
      await ask(children[subject], 'run', { units: warmup });
    }
    const found = Object.fromEntries(subjects.map((subject) => [subject, {}]));
    for (const phase of PHASES) {
      if (phase !== 'before') {
        const task = phase === 'during' ? 'start' : 'stop';
        for (const subject of subjects) found[subject][task] = await ask(children[subject], task);
      }
      for (const subject of subjects) found[subject][phase] = [];
      for (let window = 0; window < windows; window++) {
        for (const subject of rotated(subjects, window)) {
          found[subject][phase].push(await ask(children[subject], 'run', { units }));
        }
      }
    }
    return found;
  } finally {
    for (const child of Object.values(children)) await stopChild(child);
  }
}
