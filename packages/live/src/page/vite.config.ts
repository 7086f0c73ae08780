import { defineConfig } from 'vite';

// The server sends `default-src 'self'`: assets stay files (no data: URLs), nothing is inlined.
export default defineConfig({
  root: import.meta.dirname,
  base: './',
  build: {
    outDir: '../../dist/page',
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: 'es2023',
  },
});
