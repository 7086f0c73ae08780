// npm run test:soak [-- NAME... --write]: the scenarios of docs/reliability.md in their long form, all or
// those whose names begin so, one after the other. With --write what they found goes into the page; with
// --share 0.05 the two that take longest (leaks, live-churn) run that part of their counts.
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ROOT, status } from './lib/process.mjs';
import { RUN, readJson, SCENARIOS } from './lib/reliability.mjs';
import { prepare } from './lib/setup.mjs';

/** One's own, since runs may go side by side. */
const ROWS = join(ROOT, '.cache/reliability', String(process.pid));
const { values, positionals } = parseArgs({
  options: { write: { type: 'boolean', default: false }, share: { type: 'string', default: '1' } },
  allowPositionals: true,
});

const scenarios = readJson(SCENARIOS);
const chosen = scenarios.filter(
  ({ name }) => positionals.length === 0 || positionals.some((text) => name.startsWith(text)),
);
if (chosen.length === 0) {
  console.error(
    `No scenario is named so. There are:\n${scenarios.map(({ name }) => `  ${name}`).join('\n')}`,
  );
  process.exit(2);
}
await prepare();
mkdirSync(ROWS, { recursive: true });

// The name of a suite can stand before it.
const pattern = `(^| )(${chosen.map(({ name }) => name).join('|')}): `;
const files = [...new Set(chosen.map(({ file }) => file))];
const code = await status(
  'npx',
  ['--no-install', 'vitest', 'run', '--no-file-parallelism', '--reporter=verbose', '-t', pattern, ...files],
  { env: { ...process.env, SOAK_ROWS: ROWS, SOAK_SHARE: values.share } },
);

const rows = readdirSync(ROWS).map((file) => readJson(join(ROWS, file)));
rmSync(ROWS, { recursive: true });
for (const row of rows) console.log(JSON.stringify(row, null, 2));
const missing = chosen.filter(({ name }) => !rows.some((row) => row.name === name));
console.log(
  missing.length === 0
    ? `${rows.length} scenarios held`
    : `Without a row: ${missing.map(({ name }) => name).join(', ')}`,
);
if (values.write) {
  write();
  if (await status(process.execPath, ['scripts/reliability.mjs'])) process.exitCode = 1;
}
if (code !== 0 || missing.length > 0) process.exitCode = 1;

/** Rows that were not run again stay as they are; those of scenarios that are gone leave. */
function write() {
  const before = existsSync(RUN) ? readJson(RUN).rows : [];
  const all = new Map([...before, ...rows].map((row) => [row.name, row]));
  const kept = scenarios.flatMap(({ name }) => all.get(name) ?? []);
  const machine = `${cpus().length} cores, ${process.platform} ${process.arch}`;
  writeFileSync(RUN, `${JSON.stringify({ machine, rows: kept }, null, 2)}\n`);
}
