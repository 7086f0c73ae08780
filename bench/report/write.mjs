// docs/benchmarks.json from bench/results, and from it the page and its picture.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { readAll } from '../lib/results.mjs';
import { pageOf } from './page.mjs';
import { plotOf } from './plot.mjs';
import { summaryOf } from './summary.mjs';

const DOCS = resolve(import.meta.dirname, '../../docs');

export function writeReport(folder = DOCS) {
  const results = readAll();
  if (Object.keys(results).length === 0) throw new Error('bench/results is empty: run npm run bench first');
  const summary = summaryOf(results);
  mkdirSync(join(folder, 'images'), { recursive: true });
  writeFileSync(join(folder, 'benchmarks.json'), `${JSON.stringify(summary, null, 1)}\n`);
  for (const [name, text] of Object.entries(filesOf(summary))) writeFileSync(join(folder, name), text);
  console.log(`${join(folder, 'benchmarks.md')} is written`);
}

/** What is made from a summary, by its name in docs/. */
export function filesOf(summary) {
  return {
    'benchmarks.md': pageOf(summary),
    ...(summary.scaling ? { 'images/benchmarks.svg': plotOf(summary.scaling) } : {}),
  };
}
