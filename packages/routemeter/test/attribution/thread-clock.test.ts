import { describe, expect, it } from 'vitest';
import { virtualClock } from '../../../testkit/src/clock.ts';
import { createEngine } from '../../src/attribution/engine.ts';
import { findThreadClock, verifyThreadClock } from '../../src/attribution/thread-clock.ts';
import { Work } from '../../src/attribution/work.ts';

/** Wall time that passes a little with each reading, as a spin loop sees it. */
function ticking(stepMs = 0.001) {
  let now = 0;
  return { read: () => (now += stepMs), now: () => now };
}

describe('the thread clock', () => {
  it('passes its check where it follows the wall clock', () => {
    const wall = ticking();
    expect(verifyThreadClock(() => wall.now() * 0.98, wall.read)).toBe(true);
  });

  it('passes where a competitor takes the core in every other spin', () => {
    const wall = ticking();
    let spins = 0;
    let lost = 0;
    const read = () => {
      if (++spins % 4 === 0) lost += 0.14;
      return wall.now() - lost;
    };
    expect(verifyThreadClock(read, wall.read)).toBe(true);
  });

  it.each([
    ['moves in ticks', (now: number) => Math.floor(now / 4) * 4],
    ['stands still', () => 0],
    ['counts the CPU of other threads, too', (now: number) => 3 * now],
    ['cannot be read', () => Number.NaN],
  ])('fails its check where it %s', (_what, cpu) => {
    const wall = ticking();
    expect(verifyThreadClock(() => cpu(wall.now()), wall.read)).toBe(false);
  });

  it('is found on this system, or the reason is told', () => {
    const { read, why } = findThreadClock(performance.now.bind(performance));
    expect(why).toMatch(/CPU clock|too coarse|corrected by/);
    if (read !== null) expect(read()).toBeGreaterThan(0);
  });
});

describe('an engine without a thread clock', () => {
  const none = { read: null, why: 'process.threadCpuUsage() is too coarse on this system' };

  it('says that it counts elapsed time', () => {
    const engine = createEngine({ ...virtualClock(), threadClock: () => none });
    expect(engine.cpuMode()).toEqual({ mode: 'wall', why: `elapsed time stands for CPU: ${none.why}` });
  });

  it('counts a blocking call as CPU', () => {
    const time = virtualClock();
    const engine = createEngine({ clock: time.clock, idle: time.idle, threadClock: () => none });
    const work = new Work('request', null);
    engine.open(work, true);
    engine.run(work, time.stall, time, 50, undefined, undefined);
    engine.close(work);
    expect([work.cpu, work.stalled, work.wall]).toEqual([50, 0, 50]);
  });

  it('goes on with elapsed time when the clock is lost on the way', () => {
    const time = virtualClock();
    let lost = false;
    const thread = time.threadClock();
    const threadClock = () => ({ ...thread, read: () => (lost ? Number.NaN : thread.read()) });
    const engine = createEngine({ clock: time.clock, idle: time.idle, threadClock });
    const block = (stall: number) => {
      const work = new Work('request', null);
      engine.open(work, true);
      engine.run(work, time.stall, time, stall, undefined, undefined);
      engine.close(work);
      return work;
    };
    expect(engine.cpuMode().mode).toBe('exact');
    expect(block(20).stalled).toBe(20);
    lost = true;
    expect(block(20).cpu).toBe(20);
    expect(block(20).cpu).toBe(20);
    expect(engine.cpuMode()).toEqual({ mode: 'wall', why: expect.stringContaining('can no longer be read') });
  });
});
