// npm run test:collectors [-- NAME... --write]: real servers, clients and engines in the versions that are pinned,
// built or installed on demand into .cache/collectors; all of them, or those that are named. A run fails where one
// does something else than the pages say; with --write the pages and the vectors of the live server follow it, and
// what could not be had is asked for again.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { askForAbsent } from './lib/absent.mjs';
import {
  between,
  CLIENTS,
  clients,
  DIALECTS,
  dialects,
  FLEET,
  fleet,
  merge,
  RESULTS,
  readJson,
  VECTORS,
} from './lib/collectors.mjs';
import { ROOT, status } from './lib/process.mjs';
import { prepare } from './lib/setup.mjs';

const ROWS = join(ROOT, '.cache/collectors/rows', String(process.pid));
/** Vectors are read by people: long names and full datagrams stay in the run. */
const MAX_PAYLOAD = 500;
/** Of lines with a time, instead of that of the run. */
const TIME = 'T1700000000';
const { values, positionals } = parseArgs({
  options: { write: { type: 'boolean', default: false } },
  allowPositionals: true,
});
await prepare();
mkdirSync(ROWS, { recursive: true });
const named = positionals.length === 0 ? [] : ['-t', `^(${positionals.join('|')}): `];
const config = ['--config', 'vitest.collectors.config.ts', '--reporter=verbose'];
const env = values.write ? { ...process.env, COLLECTOR_ROWS: ROWS } : process.env;
const code = await status('npx', ['--no-install', 'vitest', 'run', ...config, ...named], { env });
const rows = readdirSync(ROWS).map((file) => readJson(join(ROWS, file)));
rmSync(ROWS, { recursive: true });
if (values.write) {
  await askForAbsent();
  write();
}
process.exitCode = code;

function write() {
  const before = existsSync(RESULTS) ? readJson(RESULTS) : { lines: [], rows: [] };
  const vectors = existsSync(VECTORS) ? readJson(VECTORS) : { forms: [], servers: {} };
  for (const row of rows.filter((one) => one.vectors !== undefined)) {
    before.lines = row.vectors.map(({ id, line }) => ({ id, line }));
    const short = row.vectors.filter(({ payloads }) => payloads.every(({ length }) => length < MAX_PAYLOAD));
    vectors.forms = short.map(({ readings, payloads, ...form }) => ({
      ...form,
      payloads: payloads.map((payload) => payload.replace(/T\d{10}/, TIME)),
    }));
    const readings = Object.fromEntries(short.map(({ id, readings }) => [id, readings]));
    vectors.servers[row.id] = { version: row.version, readings };
    delete row.vectors;
  }
  const results = { lines: before.lines, rows: merge(before.rows, rows) };
  writeFileSync(RESULTS, `${JSON.stringify(results, null, 1)}\n`);
  writeFileSync(VECTORS, `${JSON.stringify(vectors, null, 1)}\n`);
  writeFileSync(DIALECTS, between(readFileSync(DIALECTS, 'utf8'), dialects(results)));
  writeFileSync(CLIENTS, clients(results));
  writeFileSync(FLEET, between(readFileSync(FLEET, 'utf8'), fleet(results)));
}
