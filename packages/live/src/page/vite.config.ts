import { defineConfig } from 'vite';
import { notices } from '../../../../scripts/lib/notices.mjs';

// The server sends `default-src 'self'`: assets stay files (no data: URLs), nothing is inlined.
export default defineConfig({
  root: import.meta.dirname,
  base: './',
  plugins: [notices('THIRD-PARTY.md')],
  build: {
    outDir: '../../dist/page',
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: 'es2023',
  },
});
