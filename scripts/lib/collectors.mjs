// What `npm run test:collectors -- --write` makes of its rows: the marked part of docs/dialects.md and
// docs/clients.md.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ABSENT } from './absent.mjs';
import { ROOT } from './process.mjs';

export const RESULTS = join(ROOT, 'docs/collectors.json');
export const VECTORS = join(ROOT, 'packages/live/test/vectors/servers.json');
export const DIALECTS = join(ROOT, 'docs/dialects.md');
export const FLEET = join(ROOT, 'docs/fleet.md');
export const CLIENTS = join(ROOT, 'docs/clients.md');
const BEGIN = '<!-- collectors: begin -->';
const END = '<!-- collectors: end -->';
/** Rows of a kind stand in the order of their first run. */
const KINDS = ['server', 'setting', 'client', 'store'];

export function readJson(file) {
  return JSON.parse(readFileSync(file, 'utf8'));
}

/** Rows that were run again take the place of those before; the rest stays. */
export function merge(before, rows) {
  const key = ({ kind, id }) => `${kind} ${id}`;
  const all = new Map(before.map((row) => [key(row), row]));
  for (const row of rows) all.set(key(row), row);
  return [...all.values()].sort((a, b) => KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind));
}

/** Replaces what stands between the marks of a page. */
export function between(page, text) {
  const [begin, end] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error(`the page has no part from ${BEGIN} to ${END}`);
  return `${page.slice(0, begin + BEGIN.length)}\n${text}\n${page.slice(end)}`;
}

/** Forms against servers: `yes` where a line arrives as it was meant, else what arrives. */
export function dialects({ lines, rows }) {
  const servers = rows.filter(({ kind }) => kind === 'server');
  const head = ['line', ...servers.map(({ name, version }) => `${name} ${version}`)];
  const table = lines.map(({ id, line }) => [
    /^n/.test(line) ? `\`${line}\`` : line,
    ...servers.map(({ forms }) => (forms[id] === undefined ? 'not run' : verdict(forms[id]))),
  ]);
  const transports = { udp: 'UDP', tcp: 'TCP', unixDatagram: 'Unix datagrams' };
  for (const [id, line] of Object.entries(transports))
    table.push([line, ...servers.map((row) => listens(row.transports[id]))]);
  const settings = rows.filter(({ kind }) => kind === 'setting');
  return `
*Made by \`npm run test:collectors -- --write\`; \`npm run test:collectors -- ${servers[0]?.id ?? 'NAME'}\` runs one server again.*

"yes" is a line whose kind, value and tags arrived as its sender meant them; \`n\` is a name.

${tableOf(head, table)}

They were started so:

${tableOf(
  ['server', 'with'],
  servers.map(({ name, how }) => [name, how]),
)}

An application with the setting of each server was measured beside: requests of four routes, counters, gauges, sets, 100 timings, histograms and distributions, names and tags of 10 kB and with separators. What arrived had the counts, sums and tags that were recorded:

${tableOf(
  ['`server`', 'into', 'metrics', 'quantiles'],
  settings.map(({ id, version, metrics, quantiles }) => {
    const [server, setting] = id.split('/');
    const name = servers.find((row) => row.id === server)?.name ?? server;
    return [`\`${setting}\``, `${name} ${version}`, `all ${metrics}`, quantiles ? 'right' : 'none asked for'];
  }),
)}

What could not be had:

${tableOf(
  ['server', 'why'],
  readJson(ABSENT).map(({ name, why, more }) => [name, more === undefined ? why : `${why}; ${more}`]),
)}
`;
}

/** Engines that the live server writes to and asks. */
export function fleet({ rows }) {
  const engines = rows.filter(({ kind }) => kind === 'store');
  return `
*Made by \`npm run test:collectors -- --write ${engines.map(({ id }) => id).join(' ')}\`.* Beside the versions of Debian, which \`npm test\` runs, the same tests pass over today's. How many there are of each:

${tableOf(
  [
    'engine',
    '`--write`',
    '`--store`',
    'scraped',
    'five hosts, outages, a clock that is off',
    'queries copied from the page',
  ],
  engines.map(({ name, version, saw }) => [
    `${name} ${version}`,
    ...['written', 'asked', 'scraped', 'fleet', 'copied'].map((what) => saw[what] ?? '–'),
  ]),
)}
`;
}

function verdict({ isMeant, words }) {
  return isMeant ? (words === '' ? 'yes' : `yes, ${words}`) : words;
}

function listens(heard) {
  return heard === null ? '–' : heard ? 'yes' : 'not read';
}

/** The page of clients. */
export function clients({ rows }) {
  const all = rows.filter(({ kind }) => kind === 'client');
  return `# Clients of other languages

What teams send with, into \`routemeter-live\`. *Made by \`npm run test:collectors -- --write\`; \`npm run test:collectors -- ${all[0]?.id ?? 'NAME'}\` runs one client again.* No line of any was refused, and each metric had the kind, the value and the tags that its sender meant.

${tableOf(
  ['client', 'version', 'language', 'metrics', 'to know'],
  all.map(({ name, version, language, metrics, notes }) => [
    name,
    version,
    language,
    metrics,
    notes.join('; '),
  ]),
)}
`;
}

function tableOf(head, rows) {
  const line = (cells) => `| ${cells.map((text) => String(text).replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), `|${'---|'.repeat(head.length)}`, ...rows.map(line)].join('\n');
}
