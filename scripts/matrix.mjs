// node scripts/matrix.mjs [--weekly] [--check] [report]: writes the support matrix of docs/frameworks/README.md from
// the results of the last `npm test`, or with --weekly that of the last `npm run test:frameworks`; with --check it only
// tells whether the page says the same.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { fromReport, matrix, shows, TABLES, writeMatrix } from './lib/matrix.mjs';
import { ROOT } from './lib/process.mjs';

const PAGE = join(ROOT, 'docs/frameworks/README.md');
const { values, positionals } = parseArgs({
  options: {
    check: { type: 'boolean', default: false },
    weekly: { type: 'boolean', default: false },
  },
  allowPositionals: true,
});
const { weekly: isWeekly } = values;
const which = isWeekly ? TABLES.long : TABLES.short;
const [report = join(ROOT, '.cache', isWeekly ? 'vitest-frameworks.json' : 'vitest.json')] = positionals;

const table = matrix(fromReport(JSON.parse(readFileSync(report, 'utf8'))));
const page = readFileSync(PAGE, 'utf8');
if (!values.check) {
  writeFileSync(PAGE, writeMatrix(page, table, which));
} else if (!shows(page, table, which)) {
  console.error(`docs/frameworks/README.md differs from what the tests found:\n\n${table}\n`);
  console.error(`If that is meant: node scripts/matrix.mjs${isWeekly ? ' --weekly' : ''}`);
  process.exitCode = 1;
}
