// What requests cost without a network around them: streams in the server's own process take its place, whose
// cost is the same for all. The kernel's part of a request is most of the noise between two runs.
import { subjectsOf } from '../http/main.mjs';
import { PATHS, startSubject } from '../http/round.mjs';
import { startSinks } from '../http/sinks.mjs';
import { verify } from '../http/verify.mjs';
import { budget } from '../lib/budget.mjs';
import { ask, stopChild } from '../lib/child.mjs';
import { rotated } from '../lib/numbers.mjs';

const FRAMEWORKS = ['express', 'fastify'];
/** Requests before, and requests measured, this many times in a row: the least disturbed of them counts. */
const AMOUNTS = {
  full: { hello: [15_000, 10_000], awaits: [8_000, 8_000], blocks: [3_000, 3_000] },
  quick: { hello: [5_000, 4_000], awaits: [3_000, 3_000] },
  tiny: { hello: [100, 100] },
};
const TIMES = 3;

/** @returns `{ conditions, rounds, missing }`; a round is `{ framework: { subject: { handler: µs } } }`. */
export async function measureProcess({ node, size, rounds, only, log, budgetMs = Number.POSITIVE_INFINITY }) {
  const amounts = AMOUNTS[size];
  const sinks = await startSinks();
  const missing = {};
  const found = [];
  try {
    const within = budget(budgetMs);
    for (let round = 0; round < rounds && within(); round++) {
      const results = {};
      for (const framework of FRAMEWORKS) {
        const { subjects, missing: absent } = await subjectsOf(framework, only, { floors: true });
        Object.assign(missing, absent);
        results[framework] = {};
        for (const { subject, folder } of rotated(subjects, round)) {
          if (missing[subject.name]) continue;
          log(`in process: round ${round + 1} of ${rounds}: ${framework}, ${subject.name}`);
          try {
            const conditions = { subject, framework, folder, node, sinks, amounts };
            results[framework][subject.name] = await measure(conditions);
          } catch (error) {
            missing[subject.name] = error.message.split('\n')[0];
          }
        }
      }
      found.push(results);
    }
  } finally {
    sinks.close();
  }
  return { conditions: { amounts, times: TIMES }, rounds: found, missing };
}

async function measure({ subject, amounts, ...conditions }) {
  const { child, port } = await startSubject({ subject, ...conditions });
  try {
    await verify(subject, { child, port, sinks: conditions.sinks });
    const found = {};
    for (const [name, [warmup, amount]] of Object.entries(amounts)) {
      if (!subject.handlers.includes(name)) continue;
      const path = PATHS[name];
      await ask(child, 'serve', { path, amount: warmup });
      const each = [];
      for (let i = 0; i < TIMES; i++) {
        await ask(child, 'start');
        await ask(child, 'serve', { path, amount });
        each.push((await ask(child, 'stop')).cpuUs / amount);
      }
      found[name] = Math.min(...each);
    }
    return found;
  } finally {
    await stopChild(child);
  }
}
