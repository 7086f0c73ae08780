// node scripts/matrix.mjs [--check] [report]: writes the support matrix of docs/frameworks/README.md from
// the results of the last `npm test`; with --check it only tells whether the page says the same.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { fromReport, matrix, shows, writeMatrix } from './lib/matrix.mjs';
import { ROOT } from './lib/process.mjs';

const PAGE = join(ROOT, 'docs/frameworks/README.md');
const { values, positionals } = parseArgs({
  options: { check: { type: 'boolean', default: false } },
  allowPositionals: true,
});
const [report = join(ROOT, '.cache/vitest.json')] = positionals;

const table = matrix(fromReport(JSON.parse(readFileSync(report, 'utf8'))));
const page = readFileSync(PAGE, 'utf8');
if (!values.check) {
  writeFileSync(PAGE, writeMatrix(page, table));
} else if (!shows(page, table)) {
  console.error(`docs/frameworks/README.md differs from what the tests found:\n\n${table}\n`);
  console.error('If that is meant: node scripts/matrix.mjs');
  process.exitCode = 1;
}
