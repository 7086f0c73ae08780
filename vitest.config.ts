import { defineConfig } from 'vitest/config';
import LongestFirst from './scripts/lib/longest-first.mjs';

/** Folders whose tests compare clocks, shares of the CPU or counts of instructions. */
const MEASURING = [
  ...['attribution', 'calls', 'costs', 'delay', 'meter', 'profile', 'runtime', 'unit'],
  'attribution/delay',
].map((folder) => `packages/routemeter/test/${folder}/*.test.ts`);

/** Tests wait for states. These limits end what hangs, and are out of reach of a machine that does much else. */
const shared = {
  testTimeout: 300_000,
  hookTimeout: 600_000,
  expect: { poll: { timeout: 60_000 } },
  pool: 'forks',
} as const;

// The machines that run this have two cores. Most files wait for processes, servers and pages half of their time: three
// at once keep both cores busy. Those that measure would be crowded by that: they run two at a time, afterwards.
export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        test: {
          ...shared,
          name: 'waits',
          include: [
            'packages/*/test/**/*.test.ts',
            'bench/test/**/*.test.ts',
            'examples/*/test/**/*.test.ts',
          ],
          exclude: ['**/node_modules/**', ...MEASURING],
          maxWorkers: 3,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          ...shared,
          name: 'measures',
          include: MEASURING,
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
