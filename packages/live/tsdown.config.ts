import { defineConfig } from 'tsdown';
import { notices } from '../../scripts/lib/notices.mjs';

const shared = {
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  fixedExtension: true,
  sourcemap: false,
} as const;

export default defineConfig([
  {
    entry: { cli: 'src/cli/main.ts', index: 'src/index.ts' },
    dts: true,
    // Vite writes the page into dist/page before this runs, and cleans that.
    clean: ['dist/*.mjs', 'dist/*.mts'],
    plugins: [notices('THIRD-PARTY.md')],
    ...shared,
  },
  // For benchmarks alone, and built apart so that it divides nothing of what is published.
  { entry: { parts: 'src/parts.ts' }, outDir: 'dist/bench', dts: false, clean: true, ...shared },
]);
