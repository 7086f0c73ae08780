// What a profile costs while it is taken, before and after, beside the profilers of dd-trace and Pyroscope at the
// same interval: CPU of the process, the sampler's thread included.
import { fileURLToPath } from 'node:url';
import { startAgent } from '../lib/agent.mjs';
import { ask, firstMessage, stopChild } from '../lib/child.mjs';
import { spawnPinned } from '../lib/cores.mjs';
import { rotated } from '../lib/numbers.mjs';
import { rival } from '../lib/rivals.mjs';
import { NONE, SUBJECTS } from './subjects.mjs';

const APP = fileURLToPath(new URL('./app.mjs', import.meta.url));
/** Profiles of a round; the windows of one. There are half as many before and after it, before the first twice as many. */
const SIZES = {
  full: { warmup: 5000, profiles: 6, windows: 8, units: 1000 },
  quick: { warmup: 2000, profiles: 2, windows: 4, units: 500 },
  tiny: { warmup: 20, profiles: 2, windows: 2, units: 20 },
};

/** @returns `{ conditions, rounds, missing }`; by round and subject the profiles that were taken, see `profiled`. */
export async function measureProfilers({ node, size, rounds, only, log }) {
  const conditions = SIZES[size];
  const { folder, missing: why } = await rival('profilers');
  if (why !== undefined) return { conditions, rounds: [], missing: { profilers: why } };
  const subjects = Object.keys(SUBJECTS).filter(
    (name) => name === NONE || only === undefined || only.includes(name),
  );
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

/** All subjects stand ready, each in a process of its own, and take turns, a profile each. */
async function oneRound({ node, folder, agent, conditions, subjects }) {
  const { warmup, profiles } = conditions;
  const children = {};
  try {
    for (const subject of subjects) {
      const stdio = ['ignore', 'inherit', 'pipe', 'ipc'];
      children[subject] = spawnPinned(node, [APP, subject, folder, agent.url], { stdio });
      await firstMessage(children[subject]);
      await ask(children[subject], 'run', { units: warmup });
    }
    const found = Object.fromEntries(subjects.map((subject) => [subject, []]));
    for (let profile = 0; profile < profiles; profile++) {
      // What is left behind is told by those before the first: they are more.
      const before = profile === 0 ? conditions.windows * 2 : conditions.windows / 2;
      for (const subject of rotated(subjects, profile))
        found[subject].push(await profiled(children[subject], before, conditions));
    }
    return found;
  } finally {
    for (const child of Object.values(children)) await stopChild(child);
  }
}

/**
 * One profile: µs for each unit in windows before, while and after it is taken, and ms for its start and stop. What is
 * before and after is close by, so that a machine that becomes slower or faster shows on both sides.
 */
async function profiled(child, earlier, { units, windows }) {
  const run = async (times) => {
    const us = [];
    for (let window = 0; window < times; window++) us.push(await ask(child, 'run', { units }));
    return us;
  };
  const before = await run(earlier);
  const start = await ask(child, 'start');
  const during = await run(windows);
  const stop = await ask(child, 'stop');
  return { before, start, during, stop, after: await run(windows / 2) };
}
