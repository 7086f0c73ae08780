import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { bundle } from '../../../testkit/src/bundle.ts';
import { suiteNodes } from '../../../testkit/src/nodes.ts';

const run = promisify(execFile);
const nodes = await suiteNodes();

async function script<T>(path: string, name: string, flags: string[] = []): Promise<T> {
  const file = await bundle(new URL(`./scripts/${name}.ts`, import.meta.url), `attribution-${name}`);
  const { stdout } = await run(path, ['--no-warnings', ...flags, file], { timeout: 60_000 });
  return JSON.parse(stdout) as T;
}

interface Hooks {
  async: number;
  promise: number;
  patched: number;
}
interface Off {
  bare: Hooks;
  withStorage: Hooks;
  off: { during: Hooks; after: Hooks; mode: string };
  afterMode: Hooks;
  on: Hooks;
  again: Hooks;
}
interface Reads {
  clock: number;
  idle: number;
  thread: number;
}
interface Costs {
  hello: Reads;
  awaits1: Reads;
  awaits24: Reads;
  unmeasured: Reads;
  allocations: { needed: number; exact: number };
}
interface Told {
  exact: boolean;
  /** How long it held the loop, in ms. */
  held: number;
  rate: number;
}
interface Ceiling {
  share: number;
  overhead: number;
  why: string;
  before: Told;
  after: Told;
}
interface Threads {
  mode: { mode: string; why: string };
  mine: { cpu: number; idle: number; wall: number };
  inWorker: { cpu: number; truth: number };
}

describe.each(nodes)('the engine on Node $version', ({ major, path }) => {
  it('installs no hook and no patch while nothing is measured, and takes its hook away again', async () => {
    const found = await script<Off>(path, 'off', ['--expose-internals']);
    // Since Node 24 a storage needs no hook, and then there is none at all.
    if (major >= 24) expect(found.withStorage).toEqual(found.bare);
    expect(found.off.during).toEqual(found.withStorage);
    expect(found.off.after).toEqual(found.withStorage);
    expect(found.afterMode).toEqual(found.withStorage);
    // The same readings do show the hook while something is measured.
    expect(found.on.async).toBe(found.withStorage.async + 1);
    expect(found.on.promise).toBeGreaterThan(0);
    expect(found.again).toEqual({ ...found.withStorage, patched: 1 });
  });

  it('reads clocks a fixed number of times, whatever the number of awaits', async () => {
    const { hello, awaits1, awaits24, unmeasured, allocations } = await script<Costs>(path, 'costs', [
      '--expose-gc',
      '--min-semi-space-size=16',
    ]);
    // The loop cannot have waited inside the handler: that reading is left out.
    expect(hello).toEqual({ clock: 3, idle: 2, thread: 0 });
    expect(awaits24).toEqual(awaits1);
    expect(awaits24.clock).toBeLessThanOrEqual(8);
    expect(awaits24.thread).toBe(0);
    expect(unmeasured).toEqual({ clock: 2, idle: 0, thread: 0 });
    // Most compilers leave nothing over; the storage's list of arguments (208 bytes) may stay.
    expect(allocations.exact - allocations.needed).toBeLessThanOrEqual(224);
  });

  it('measures each thread by itself', async () => {
    const { mode, mine, inWorker } = await script<Threads>(path, 'threads');
    expect(inWorker.cpu).toBeGreaterThanOrEqual(inWorker.truth * 0.95);
    if (mode.mode === 'exact') expect(inWorker.cpu).toBeLessThan(inWorker.truth * 1.3);
    expect(mine.cpu).toBeLessThan(inWorker.truth / 2);
    expect(mine.idle).toBeGreaterThan(mine.cpu);
  });

  it('finds out what measuring costs without losing sight of what is open', async () => {
    const { share, overhead, why, before, after } = await script<Ceiling>(path, 'ceiling');
    expect(share).toBe(0.001);
    expect(overhead).toBeGreaterThan(0);
    expect(overhead).toBeLessThan(1);
    expect(why).toContain('cpuCeiling');
    // Chance may have given it up before it could end.
    if (before.exact) expect(before.held).toBeGreaterThan(9.9);
    expect(after).toEqual({ exact: true, held: expect.any(Number), rate: 1 });
    expect(after.held).toBeGreaterThan(9.9);
  });

  it('keeps no request or response', async () => {
    const found = await script<{ works: number; requests: number; alive: number }>(path, 'kept', [
      '--expose-gc',
    ]);
    expect(found).toEqual({ works: 10, requests: 20, alive: 0 });
  });
});
