import { defineConfig } from 'vitest/config';

// The machines that run this have two cores, and much of what tests do is to wait for what they started:
// files run three at a time. A test waits for a state, so that it may share the machine.
export default defineConfig({
  test: {
    include: ['packages/*/test/**/*.test.ts', 'bench/test/**/*.test.ts', 'examples/*/test/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    maxWorkers: 3,
    pool: 'forks',
  },
});
