import { spawnSync } from 'node:child_process';
import http from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { engine as processEngine } from '../../src/attribution/engine.ts';
import type { Work } from '../../src/attribution/work.ts';
import { type Handler, Rig } from './suite/rig.ts';

let rig: Rig;
afterEach(() => rig.stop());

const parts = (work: Work) => [work.cpu, work.stalled, work.loopBusy, work.idle];
const sum = (values: number[]) => values.reduce((total, value) => total + value, 0);

/** Sends `count` requests, `width` at a time, over kept connections. */
async function flood(count: number, width: number): Promise<void> {
  const agent = new http.Agent({ keepAlive: true, maxSockets: width });
  let next = 0;
  const one = async () => {
    while (next < count) await rig.get(`r${next++}`, { agent });
  };
  await Promise.all(Array.from({ length: width }, one));
  agent.destroy();
  await rig.settled(`r${count - 1}`);
  await sleep(20);
}

const spin = (ms: number) => {
  const end = performance.now() + ms;
  while (performance.now() < end);
};

describe('wall = cpu + stalled + loop busy + idle', () => {
  /** Mixes requests that compute, block, wait and answer at once; `pass` is how time goes by. */
  const mixed =
    (pass: { burn(ms: number): void; stall(ms: number): void; rest(ms: number): void }): Handler =>
    async (req, res) => {
      const kind = Number(req.url?.slice(2)) % 8;
      if (kind < 3) {
        pass.burn(0.25 * (kind + 1));
        res.end();
        return;
      }
      await sleep(1);
      if (kind === 3) pass.stall(2);
      if (kind === 4) pass.rest(3);
      pass.burn(0.5);
      await null;
      pass.burn(kind === 5 ? 3 : 0.25);
      setImmediate(() => {
        pass.burn(0.125);
        res.end();
      });
    };

  it('exactly, for 5000 mixed requests under a virtual clock', async () => {
    rig = new Rig();
    await rig.listen();
    rig.handler = mixed(rig.time);
    await flood(5000, 20);
    expect(rig.seen.size).toBe(5000);
    for (const { work } of rig.seen.values()) {
      expect(Math.abs(sum(parts(work)) - work.wall)).toBeLessThan(1e-9);
      for (const part of parts(work)) expect(part).toBeGreaterThanOrEqual(0);
    }
    const all = rig.engine.totals();
    const { clock, idle } = rig.time;
    expect(all.owned + all.outside + all.stalled + all.idle).toBeCloseTo(clock(), 6);
    expect(all.idle).toBe(idle());
    // Each moment has one owner: what the requests used themselves is what was spent in all.
    const works = [...rig.seen.values()];
    expect(sum(works.map(({ work, late }) => work.cpu + late))).toBeCloseTo(all.owned, 6);
  });

  it('within 1 % for 5000 mixed requests under the real clock', async () => {
    rig = new Rig(processEngine());
    await rig.listen();
    const block = new Int32Array(new SharedArrayBuffer(4));
    rig.handler = mixed({
      burn: (ms) => spin(ms / 10),
      stall: (ms) => Atomics.wait(block, 0, 0, ms),
      rest: () => {},
    });
    await flood(5000, 20);
    expect(rig.seen.size).toBe(5000);
    let wall = 0;
    let all = 0;
    for (const { work } of rig.seen.values()) {
      wall += work.wall;
      all += sum(parts(work));
      expect(Math.abs(sum(parts(work)) / work.wall - 1)).toBeLessThan(0.01);
    }
    expect(Math.abs(all / wall - 1)).toBeLessThan(0.01);
  });
});

describe('a blocking call', () => {
  it('is the own stalled time of the one that makes it, and loop busy for the others', async (context) => {
    const { mode, why } = processEngine().cpuMode();
    if (mode !== 'exact') context.skip(`CPU is not exact here: ${why}`);
    rig = new Rig(processEngine());
    await rig.listen();
    let blocked = 0;
    rig.handler = async (_req, res, me) => {
      await rig.meet(3);
      if (me.name === 'a') {
        const from = performance.now();
        // Long beside the turns that other programs of a busy machine take.
        spawnSync('sleep', ['0.4']);
        blocked = performance.now() - from;
      }
      await rig.meet(3);
      res.end();
    };
    await rig.all('a', 'b', 'c');
    const [a, b, c] = ['a', 'b', 'c'].map((name) => rig.seen.get(name)?.work as Work);
    expect(a?.stalled).toBeGreaterThan(blocked * 0.7);
    expect(a?.stalled).toBeLessThanOrEqual(blocked * 1.05);
    expect(a?.loopBusy).toBeLessThan(blocked * 0.5);
    for (const other of [b, c]) {
      expect(other?.loopBusy).toBeGreaterThan(blocked * 0.9);
      expect(other?.stalled).toBeLessThan(blocked * 0.5);
    }
  });
});
