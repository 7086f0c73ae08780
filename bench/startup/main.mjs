// From the start of a process until its Express app listens, with each subject.
import { subjectsOf } from '../http/main.mjs';
import { startSubject } from '../http/round.mjs';
import { startSinks } from '../http/sinks.mjs';
import { budget } from '../lib/budget.mjs';
import { stopChild } from '../lib/child.mjs';
import { rotated } from '../lib/numbers.mjs';

const FRAMEWORK = 'express';

/** @returns `{ rounds, missing }`; a round is `{ subject: { startMs } }`. */
export async function measureStartup({ node, rounds, only, log, budgetMs = Number.POSITIVE_INFINITY }) {
  const { subjects, missing } = await subjectsOf(FRAMEWORK, only);
  const sinks = await startSinks();
  const found = [];
  try {
    // The first round fills the disk's cache, and does not count.
    const within = budget(budgetMs);
    for (let round = -1; round < rounds && (within() || round < 1); round++) {
      const results = {};
      for (const { subject, folder } of rotated(subjects, round + 1)) {
        if (missing[subject.name]) continue;
        try {
          const started = await startSubject({ subject, framework: FRAMEWORK, folder, node, sinks });
          results[subject.name] = { startMs: started.startMs };
          await stopChild(started.child);
        } catch (error) {
          missing[subject.name] = error.message.split('\n')[0];
        }
      }
      log(`start-up: round ${Math.max(round + 1, 0)} of ${rounds}`);
      if (round >= 0) found.push(results);
    }
  } finally {
    sinks.close();
  }
  return { conditions: { framework: FRAMEWORK }, rounds: found, missing };
}
