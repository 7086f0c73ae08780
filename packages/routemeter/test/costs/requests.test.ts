import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { bundle } from '../../../testkit/src/bundle.ts';
import { nodeBinaries } from '../../../testkit/src/nodes.ts';
import type { AppName } from './scripts/apps.ts';

const run = promisify(execFile);
const { nodes } = await nodeBinaries();
const node = nodes.find(({ major }) => major === 24);
if (node === undefined)
  console.warn('costs per request skipped: they are known for Node 24, which is not there');

/** What optimised code allocates depends on when it is compiled; plain code allocates the same each time. */
const PLAIN = [
  '--no-opt',
  '--no-maglev',
  '--no-sparkplug',
  // Nor is code thrown away that waited for long, and compiled once more.
  '--no-flush-bytecode',
  '--expose-gc',
  '--min-semi-space-size=32',
];

interface Cost {
  clock: number;
  polls: number;
  befores: number;
  contexts: number;
  stores: number;
  listeners: number;
  bytes: number;
}

/**
 * Bytes of one request above those of the bare app: what they were when this was first held, and a fifth.
 */
const BYTES: Record<AppName, Record<string, number>> = {
  http: {
    'off hello': 2500,
    'off awaits': 2530,
    'auto hello': 3400,
    'auto awaits': 5400,
    'delay hello': 5700,
    'delay awaits': 8600,
  },
  express: {
    'off hello': 3560,
    'off awaits': 3600,
    'auto hello': 4450,
    'auto awaits': 6450,
    'delay hello': 6600,
    'delay awaits': 9500,
  },
  fastify: {
    'off hello': 2860,
    'off awaits': 2900,
    'auto hello': 3750,
    'auto awaits': 5750,
    'delay hello': 6100,
    'delay awaits': 9050,
  },
};
/** Bytes that two measurements of the same differ by. */
const SAME = 150;
/** Timers of the library and of Node's server run among the requests. */
const TIMERS = 0.5;

describe.runIf(node !== undefined).each(Object.keys(BYTES) as AppName[])('one request of %s', (app) => {
  let costs: Record<string, Cost>;
  beforeAll(async () => {
    const script = await bundle(new URL('./scripts/requests.ts', import.meta.url), 'costs-requests');
    const { stdout } = await run(node!.path, [...PLAIN, script, app], { timeout: 60_000 });
    costs = JSON.parse(stdout) as Record<string, Cost>;
  });

  it.each(['delay hello', 'delay awaits'])('is told how long it waited for little more: %s', (how) => {
    const cost = costs[how]!;
    const exact = costs[how.replace('delay', 'auto')]!;
    // Once for the turn; and, while code is followed, for the first two callbacks after it.
    expect(cost.clock - exact.clock).toBeLessThan((how.endsWith('awaits') ? 3 : 1) + TIMERS);
    // Where it was opened: the loop did not rest before, and the end of the turn needs none.
    expect(cost.polls).toBeGreaterThan(0.9);
    expect(cost.polls).toBeLessThan(1 + TIMERS);
    expect(cost.contexts).toBe(exact.contexts);
    expect(cost.listeners).toBe(exact.listeners);
    // The immediate of each turn is announced as well.
    expect(cost.befores - exact.befores).toBeLessThan(2 + TIMERS);
    expect(cost.bytes).toBeLessThan(BYTES[app][how]!);
  });

  it.each(['off hello', 'off awaits', 'auto hello', 'auto awaits'])('costs as much as it did: %s', (how) => {
    const cost = costs[how]!;
    const isExact = how.startsWith('auto');
    const waits = how.endsWith('awaits');
    // Wall: its begin and its end. CPU: where its code first returned as well; and where it came back
    // and left again if it waits, however often it waits in between.
    expect(cost.clock).toBeGreaterThanOrEqual(isExact ? 3 : 2);
    expect(cost.clock).toBeLessThan((isExact ? (waits ? 5 : 3) : 2) + TIMERS);
    // The turns of the loop are nobody's business.
    expect(cost.polls).toBe(0);
    // One `close` of the response.
    expect(cost.listeners).toBe(1);
    // One context around the handler.
    expect(cost.contexts).toBe(1);
    // Node announces what it runs only while a measured request waits: each await once, and about a
    // dozen callbacks of the server.
    if (isExact && waits) {
      expect(cost.befores).toBeGreaterThan(24);
      expect(cost.befores).toBeLessThan(38 + TIMERS);
    } else {
      expect(cost.befores).toBe(0);
    }
    // Each announcement asks for the context once; the storage itself once to enter.
    expect(cost.stores - cost.befores).toBeLessThan(1 + TIMERS);
    expect(cost.bytes).toBeLessThan(BYTES[app][how]!);
    // It does measure something: a request has a span, a context and a listener.
    expect(cost.bytes).toBeGreaterThan(1000);
  });

  it.each(['disabled hello', 'disabled awaits'])(
    'costs what an empty layer does where it is switched off: %s',
    (how) => {
      const { bytes, ...counted } = costs[how]!;
      for (const count of Object.values(counted)) expect(count).toBeLessThan(TIMERS);
      expect(Math.abs(bytes)).toBeLessThan(SAME);
    },
  );
});
