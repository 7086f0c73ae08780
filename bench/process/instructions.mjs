// Instructions of a request, counted by valgrind's callgrind: the same whatever else the machine does. Requests come in
// rounds, once all is compiled that runs often.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { subjectsOf } from '../http/main.mjs';
import { cleanEnvironment, PATHS } from '../http/round.mjs';
import { startSinks } from '../http/sinks.mjs';
import { countRounds } from '../lib/rounds.mjs';

const file = (path) => fileURLToPath(new URL(path, import.meta.url));
const STEADY = file('../lib/steady.mjs');
const HOLLOW = file('./hollow.mjs');
const FRAMEWORK = 'express';
const HANDLER = 'hello';
/** As many as a series has samples when it is written. */
const REQUESTS = { full: 1024, tiny: 20 };
/** Rounds before those that count. */
const WARM = { full: 20, tiny: 1 };
/** What would not be the requests' own. */
const LEFT_OUT = [[/OpenTelemetry|dd-trace/, 'it starts threads, which callgrind runs one at a time']];
/** What is done by time would fall on a few requests. Samples are written when a series is full. */
const BY_TIME = { ROUTEMETER_FLUSH_MS: '3600000', ROUTEMETER_RUNTIME: 'false' };

/** @returns `{ conditions, subjects, missing }`; `subjects` are instructions per request by name. */
export async function measureInstructions({ node, size, only, log, framework = FRAMEWORK }) {
  const requests = REQUESTS[size];
  const conditions = { framework, handler: HANDLER, requests, pauses: true };
  if (spawnSync('valgrind', ['--version']).error)
    return { conditions, subjects: {}, missing: 'there is no valgrind here' };
  const { subjects, missing } = await subjectsOf(framework, only, { floors: true });
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
      try {
        const counted = await countRounds(
          node,
          [
            ...['--import', STEADY, ...(subject.argv?.({ folder }) ?? [])],
            ...[HOLLOW, framework, subject.name, folder ?? '', PATHS[HANDLER], String(requests)],
          ],
          {
            env: {
              ...cleanEnvironment(),
              NODE_ENV: 'production',
              ...BY_TIME,
              ...subject.env?.({
                udp: sinks.counter.url,
                udpPort: sinks.counter.port,
                agent: sinks.agent.url,
              }),
            },
            warm: WARM[size],
          },
        );
        found[subject.name] = counted / requests;
      } catch (error) {
        missing[subject.name] = error.message.split('\n')[0];
      }
    }
  } finally {
    sinks.close();
  }
  return { conditions, subjects: found, missing };
}
