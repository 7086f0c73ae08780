// Instructions of a request: of Express with each subject; then of other frameworks, other handlers and of many routes.
import { spawnSync } from 'node:child_process';
import { countSubjects } from './count-subjects.mjs';

const FRAMEWORK = 'express';
const HANDLER = 'hello';
/** As many as a series has samples when it is written. */
const REQUESTS = { full: 1024, tiny: 20 };
/** Rounds before those that count. */
const WARM = { full: 20, tiny: 1 };
const NONE = 'there is no valgrind here';

const WALL = ['bare', 'Routemeter, wall', 'Routemeter before, wall'];
const EXACT = ['bare', 'Routemeter, exact CPU', 'Routemeter before, exact CPU'];
/** More than the series of a meter have room for by default. */
const ROOM = { ROUTEMETER_MAX_SERIES: '20000' };
const ROWS = [
  ...['express', 'fastify', 'koa', 'hono', 'hapi', 'nest'].map((framework) => ({ framework, only: WALL })),
  {
    framework: 'express',
    handler: 'awaits',
    only: [...EXACT, 'floor, CPU: the same, idle time, a hook that asks for the context'],
  },
  { framework: 'express', handler: 'blocks', only: EXACT },
  // The router of Express looks at one route after the other.
  ...[1, 5000].map((routes) => ({ framework: 'fastify', routes, only: EXACT, env: ROOM })),
];

/** @returns `{ conditions, subjects, missing }`; `subjects` are instructions per request by name. */
export async function measureInstructions({ node, size, only, log, framework = FRAMEWORK }) {
  const requests = REQUESTS[size];
  const conditions = { framework, handler: HANDLER, requests, pauses: true };
  if (!hasValgrind()) return { conditions, subjects: {}, missing: NONE };
  const asked = { node, framework, handler: HANDLER, requests, warm: WARM[size], only, log };
  return { conditions, ...(await countSubjects(asked)) };
}

/** @returns `{ conditions, rows, missing }`; a row is what it was of, and instructions per request by subject. */
export async function measureMoreInstructions({ node, size, log, rows = ROWS }) {
  const conditions = { requests: REQUESTS[size], pauses: true };
  if (!hasValgrind()) return { conditions, rows: [], missing: NONE };
  const found = [];
  const missing = {};
  for (const { framework, handler = HANDLER, routes = 0, only, env } of rows) {
    // Each route is asked for once a round.
    const requests = Math.max(REQUESTS[size], routes);
    const asked = { node, framework, handler, routes, requests, warm: WARM[size], only, env, log };
    const { subjects, missing: absent } = await countSubjects(asked);
    found.push({ framework, handler, routes, requests, subjects });
    Object.assign(missing, absent);
  }
  return { conditions, rows: found, missing };
}

function hasValgrind() {
  return spawnSync('valgrind', ['--version']).error === undefined;
}
