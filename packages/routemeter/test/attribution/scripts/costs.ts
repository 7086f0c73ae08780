import { AsyncLocalStorage } from 'node:async_hooks';
import http from 'node:http';
import { virtualClock } from '../../../../testkit/src/clock.ts';
import { createEngine } from '../../../src/attribution/engine.ts';
import { Work } from '../../../src/attribution/work.ts';
import { Rig } from '../suite/rig.ts';

const ROUNDS = 60;

/**
 * Readings of one request, once the engine knows the traffic, one request at a time: the middle of many,
 * since the hook may go off between two of them.
 */
async function reads(awaits: number, exact: boolean) {
  const rig = new Rig();
  await rig.listen();
  rig.choose = () => exact;
  rig.handler = async (_req, res) => {
    for (let i = 0; i < awaits; i++) await null;
    res.end();
  };
  if (awaits === 0) rig.handler = (_req, res) => res.end();
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  const round = async () => {
    const counts: { clock: number; idle: number; thread: number }[] = [];
    for (let i = 0; i < ROUNDS; i++) {
      const before = { ...rig.time.reads };
      await rig.get(`r${i}`, { agent });
      await rig.settled(`r${i}`);
      rig.seen.clear();
      const { clock, idle, thread } = rig.time.reads;
      counts.push({ clock: clock - before.clock, idle: idle - before.idle, thread: thread - before.thread });
    }
    return counts.sort((a, b) => a.clock - b.clock)[ROUNDS / 2];
  };
  await round();
  // The hook of the first requests is off when nothing needs it.
  await new Promise((done) => setTimeout(done, 250));
  const middle = await round();
  agent.destroy();
  await rig.stop();
  return middle;
}

/** Bytes that `once` allocates: the middle of several rounds, since the collector may run in one. */
function bytes(once: () => void): number {
  const COUNT = 1000;
  for (let i = 0; i < 100_000; i++) once();
  const rounds: number[] = [];
  for (let round = 0; round < 15; round++) {
    globalThis.gc?.();
    const before = process.memoryUsage().heapUsed;
    for (let i = 0; i < COUNT; i++) once();
    rounds.push((process.memoryUsage().heapUsed - before) / COUNT);
  }
  return rounds.sort((a, b) => a - b)[7] as number;
}

function allocations() {
  const engine = createEngine(virtualClock());
  const storage = new AsyncLocalStorage<Work>();
  const handler = (a: number, b: number, _c: undefined) => a + b;
  const call = (fn: typeof handler, _this: null, a: number, b: number, c: undefined) => fn(a, b, c);
  // The storage and the work itself are needed without an engine as well.
  const needed = bytes(() => {
    storage.run(new Work('request', null), call, handler, null, 1, 2, undefined);
  });
  const exact = bytes(() => {
    const work = new Work('request', null);
    engine.open(work, true);
    engine.run(work, handler, null, 1, 2, undefined);
    engine.close(work);
  });
  return { needed, exact };
}

const result = {
  hello: await reads(0, true),
  awaits1: await reads(1, true),
  awaits24: await reads(24, true),
  unmeasured: await reads(24, false),
  allocations: allocations(),
};
process.stdout.write(`${JSON.stringify(result)}\n`);
