import { defineConfig } from 'vitest/config';

// npm run test:collectors: servers and clients that are built or installed first, one at a time.
export default defineConfig({
  test: {
    include: ['packages/testkit/collectors/**/*.test.ts'],
    testTimeout: 600_000,
    hookTimeout: 60_000,
    fileParallelism: false,
    pool: 'forks',
  },
});
