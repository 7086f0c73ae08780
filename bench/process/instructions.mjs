// Instructions of a request, counted by valgrind's callgrind: the same whatever else the machine does. Two
// processes answer so many requests and twice as many; what they differ by is the requests' alone.
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { subjectsOf } from '../http/main.mjs';
import { PATHS, startSubject } from '../http/round.mjs';
import { startSinks } from '../http/sinks.mjs';
import { collectedBy, FLAGS, VALGRIND } from '../lib/callgrind.mjs';
import { ask } from '../lib/child.mjs';

const FRAMEWORK = 'express';
const HANDLER = 'hello';
const REQUESTS = { full: 12_000, tiny: 50 };
/** What would not be the requests' own. */
const LEFT_OUT = [[/OpenTelemetry|dd-trace/, 'it starts threads, which callgrind runs one at a time']];
/**
 * Under callgrind much more time passes for each request: what is done by time would be shared by a few of them, and by
 * how many is up to the machine. Samples are written when a series is full.
 */
const BY_TIME = { ROUTEMETER_FLUSH_MS: '3600000', ROUTEMETER_RUNTIME: 'false' };

/** @returns `{ conditions, subjects, missing }`; `subjects` are instructions per request by name. */
export async function measureInstructions({ node, size, only, log }) {
  const requests = REQUESTS[size];
  const conditions = { framework: FRAMEWORK, handler: HANDLER, requests };
  if (spawnSync('valgrind', ['--version']).error)
    return { conditions, subjects: {}, missing: 'there is no valgrind here' };
  const { subjects, missing } = await subjectsOf(FRAMEWORK, only, { floors: true });
  const found = {};
  const sinks = await startSinks();
  try {
    for (const { subject, folder } of subjects) {
      const left = LEFT_OUT.find(([pattern]) => pattern.test(subject.name));
      if (left !== undefined) {
        missing[subject.name] = left[1];
        continue;
      }
      log(`instructions: ${subject.name}`);
      const conditions = { subject, framework: FRAMEWORK, folder, node, sinks };
      try {
        const [single, double] = await Promise.all([
          counted(conditions, requests),
          counted({ ...conditions, onCoreOfLoad: true }, 2 * requests),
        ]);
        found[subject.name] = (double - single) / requests;
      } catch (error) {
        missing[subject.name] = error.message.split('\n')[0];
      }
    }
  } finally {
    sinks.close();
  }
  return { conditions, subjects: found, missing };
}

async function counted(conditions, amount) {
  const { child } = await startSubject({ ...conditions, flags: FLAGS, under: VALGRIND, env: BY_TIME });
  const collected = collectedBy(child);
  await ask(child, 'serve', { path: PATHS[HANDLER], amount });
  const closed = once(child, 'close');
  child.send({ task: 'exit' });
  await closed;
  return collected();
}
