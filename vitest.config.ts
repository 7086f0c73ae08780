import { defineConfig } from 'vitest/config';

// The machines that run this have two cores: files run two at a time, and tests that own a
// port or measure a process live in projects of their own that run one at a time.
export default defineConfig({
  test: {
    include: ['packages/*/test/**/*.test.ts', 'bench/test/**/*.test.ts', 'examples/*/test/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
    pool: 'forks',
  },
});
