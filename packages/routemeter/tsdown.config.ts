import { defineConfig } from 'tsdown';

// Two formats: Jest on CommonJS projects cannot require ESM before Node 24.9, so both are real builds.
export default defineConfig({
  entry: {
    index: 'src/index.ts',
    express: 'src/frameworks/express.ts',
    http: 'src/frameworks/http.ts',
    register: 'src/register/index.ts',
    testing: 'src/testing/index.ts',
  },
  format: ['esm', 'cjs'],
  dts: true,
  platform: 'node',
  target: 'node20.19',
  fixedExtension: true,
  sourcemap: false,
});
