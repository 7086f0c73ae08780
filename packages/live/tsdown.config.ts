import { defineConfig } from 'tsdown';
import { notices } from '../../scripts/lib/notices.mjs';

export default defineConfig({
  entry: { cli: 'src/cli/main.ts', index: 'src/index.ts', parts: 'src/parts.ts' },
  format: ['esm'],
  dts: true,
  platform: 'node',
  target: 'node20.19',
  fixedExtension: true,
  // Vite writes the page into dist/page before this runs, and cleans that.
  clean: ['dist/*.mjs', 'dist/*.mts'],
  plugins: [notices('THIRD-PARTY.md')],
  sourcemap: false,
});
