// What a framework's app costs with each subject: fresh processes, in rotated order, in every round.
import { createRequire } from 'node:module';
import { budget } from '../lib/budget.mjs';
import { instructionCounter } from '../lib/instructions.mjs';
import { rotated } from '../lib/numbers.mjs';
import { rival } from '../lib/rivals.mjs';
import { measure } from './round.mjs';
import { startSinks } from './sinks.mjs';

const { SUBJECTS } = createRequire(import.meta.url)('./subjects/list.cjs');

const HANDLERS = ['hello', 'awaits', 'blocks'];
const CONNECTIONS = 50;
const AMOUNTS = {
  full: { hello: [20_000, 30_000], awaits: [8_000, 15_000], blocks: [6_000, 10_000] },
  quick: { hello: [5_000, 5_000], awaits: [2_000, 3_000], blocks: [1_500, 2_000] },
  tiny: { hello: [50, 200], awaits: [50, 100], blocks: [50, 100] },
};

/** The subjects of a framework that can be started, and why the others cannot; floors where they are wanted. */
export async function subjectsOf(framework, only, { floors = false } = {}) {
  const subjects = [];
  const missing = {};
  for (const subject of SUBJECTS) {
    if (!subject.frameworks.includes(framework) || (only && !only.includes(subject.name))) continue;
    if (subject.isFloor && !floors) continue;
    if (subject.isBefore && !process.env.BENCH_BEFORE) continue;
    const { folder, missing: why } = subject.rival ? await rival(subject.rival) : {};
    if (why === undefined) subjects.push({ subject, folder });
    else missing[subject.name] = why;
  }
  return { subjects, missing };
}

/**
 * Measures a framework. What fails once is left out from then on, and named with its error. A further round
 * is left out where it would take longer than `budgetMs` altogether.
 *
 * @returns `{ conditions, rounds, missing }`; a round is `{ subject: { handler: numbers } }`.
 */
export async function measureFramework(options) {
  const {
    framework,
    node,
    size,
    rounds,
    only,
    log,
    handlers = HANDLERS,
    budgetMs = Number.POSITIVE_INFINITY,
  } = options;
  const { subjects, missing } = await subjectsOf(framework, only);
  const amounts = AMOUNTS[size];
  const sinks = await startSinks();
  const { start: instructions, why } = instructionCounter();
  const found = [];
  try {
    const within = budget(budgetMs);
    for (let round = 0; round < rounds && within(); round++) {
      const results = {};
      for (const { subject, folder } of rotated(subjects, round)) {
        if (missing[subject.name]) continue;
        log(`${framework}: round ${round + 1} of ${rounds}: ${subject.name}`);
        const wanted = handlers
          .filter((name) => subject.handlers.includes(name))
          .map((name) => ({ name, warmup: amounts[name][0], requests: amounts[name][1] }));
        const conditions = {
          framework,
          folder,
          node,
          sinks,
          handlers: wanted,
          connections: CONNECTIONS,
          instructions,
        };
        try {
          results[subject.name] = await measure(subject, conditions);
        } catch (error) {
          missing[subject.name] = error.message.split('\n')[0];
        }
      }
      found.push(results);
    }
  } finally {
    sinks.close();
  }
  return {
    conditions: { connections: CONNECTIONS, amounts },
    rounds: found,
    missing,
    ...(why === undefined ? {} : { noInstructions: why }),
  };
}
