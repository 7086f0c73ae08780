import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { bundle } from '../../../testkit/src/bundle.ts';
import { nodeBinaries } from '../../../testkit/src/nodes.ts';
import type { Outcome } from './suite/case.ts';
import { CASES } from './suite/cases.ts';

const run = promisify(execFile);
const { nodes, skipped } = await nodeBinaries();

for (const reason of skipped) console.warn(`attribution cases skipped: ${reason}`);

/** Sums of binary fractions are exact; this is for the counters they are subtracted from. */
const ROUNDING_MS = 1e-9;

// Storages on async hooks, as before Node 24, are what is left where somebody asks for them.
const OLD_STORAGE = '--no-async-context-frame';
const runs = nodes.map((node) => ({ ...node, flags: [] as string[], how: '' }));
for (const node of nodes) {
  if (node.major === 24) runs.push({ ...node, flags: [OLD_STORAGE], how: ` ${OLD_STORAGE}` });
}

describe.each(runs)('attribution under a virtual clock on Node $version$how', (node) => {
  let outcomes: Map<string, Outcome>;

  beforeAll(async () => {
    const script = await bundle(new URL('./suite/run.ts', import.meta.url), 'attribution-cases');
    const { stdout } = await run(node.path, [...node.flags, script], {
      maxBuffer: 1 << 24,
      timeout: 240_000,
    });
    outcomes = new Map((JSON.parse(stdout) as Outcome[]).map((outcome) => [outcome.name, outcome]));
  });

  it('runs on that version', () => {
    expect(outcomes.get(RUNTIME)?.measured).toEqual({ major: node.major });
  });

  it.each(CASES.map(({ name }) => name))('%s', (name) => {
    const outcome = outcomes.get(name);
    expect(outcome?.error).toBeUndefined();
    const expected = outcome?.expected ?? {};
    const measured = outcome?.measured ?? {};
    expect(Object.keys(measured).sort()).toEqual(Object.keys(expected).sort());
    expect(Object.keys(expected).length).toBeGreaterThan(1);
    for (const [label, ms] of Object.entries(expected)) {
      expect(
        Math.abs((measured[label] as number) - ms),
        `${label}: ${measured[label]} for ${ms}`,
      ).toBeLessThan(ROUNDING_MS);
    }
  });
});

const RUNTIME = 'runtime';
