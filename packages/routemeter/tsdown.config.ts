import { fileURLToPath } from 'node:url';
import { defineConfig } from 'tsdown';

// Two formats: Jest on CommonJS projects cannot require ESM before Node 24.9, so both are real builds.
export default defineConfig({
  entry: {
    index: 'src/index.ts',
    express: 'src/frameworks/express.ts',
    hapi: 'src/frameworks/hapi.ts',
    http: 'src/frameworks/http.ts',
    register: 'src/register/index.ts',
    follow: 'src/register/follow.ts',
    testing: 'src/testing/index.ts',
    budgets: 'src/budgets/index.ts',
  },
  format: ['esm', 'cjs'],
  // The preload runs in every child process: its one dependency comes in, without what only logs.
  deps: { alwaysBundle: ['require-in-the-middle', 'module-details-from-path'] },
  alias: { debug: fileURLToPath(new URL('src/register/no-debug.cjs', import.meta.url)) },
  dts: true,
  platform: 'node',
  target: 'node20.19',
  fixedExtension: true,
  sourcemap: false,
});
