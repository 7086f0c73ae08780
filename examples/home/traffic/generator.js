import { setTimeout as wait } from 'node:timers/promises';
import { Pool } from 'undici';
import { phaseAt, pick } from './phases.js';
import { seeded } from './random.js';
import { REQUESTS } from './requests.js';
import { Tally } from './tally.js';

const TICK_MS = 50;
const MOST_OPEN = 100;

/**
 * Sends traffic to `url` until `signal` aborts or `seconds` are over, then waits for the answers.
 * First one request of each kind, then the phases in turn; without an end, 15 seconds each.
 */
export async function generate(url, { seconds = Number.POSITIVE_INFINITY, seed = 1, signal }) {
  const pool = new Pool(url, { connections: MOST_OPEN });
  const tally = new Tally();
  const random = seeded(seed);
  const open = new Set();
  const start = (request) => {
    if (open.size >= MOST_OPEN) {
      tally.skipped++;
      return;
    }
    const answer = send(pool, request, random, tally).finally(() => open.delete(answer));
    open.add(answer);
  };

  for (const request of REQUESTS) start(request);
  const phaseSeconds = Number.isFinite(seconds) ? seconds / 4 : 15;
  const began = performance.now();
  let due = 0;
  for (let before = began; !signal?.aborted; ) {
    await wait(TICK_MS);
    const now = performance.now();
    const elapsed = (now - began) / 1000;
    if (elapsed >= seconds) break;
    const phase = phaseAt(elapsed, phaseSeconds);
    // A machine that stood still for a second gets no second's worth at once.
    due += phase.rate * Math.min((now - before) / 1000, 0.2);
    before = now;
    for (; due >= 1; due--) start(pick(phase, random));
  }
  await Promise.all(open);
  await pool.close();
  return tally;
}

async function send(pool, request, random, tally) {
  const { method, url, body, leaveAfterMs } = request;
  try {
    const answer = await pool.request({
      method,
      path: url(random),
      ...(body && { body: JSON.stringify(body(random)), headers: { 'content-type': 'application/json' } }),
    });
    if (leaveAfterMs) await leave(answer.body, leaveAfterMs);
    else await answer.body.dump({ limit: Number.POSITIVE_INFINITY });
    tally.answered(request, answer.statusCode);
  } catch {
    tally.failed++;
  }
}

async function leave(body, ms) {
  body.on('error', () => {}).resume();
  await wait(ms);
  body.destroy();
}
