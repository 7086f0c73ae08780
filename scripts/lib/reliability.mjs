import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './process.mjs';

export const PAGE = join(ROOT, 'docs/reliability.md');
export const RUN = join(ROOT, 'docs/reliability.json');
export const SCENARIOS = join(ROOT, 'packages/testkit/src/reliability/scenarios.json');

export function readJson(file) {
  return JSON.parse(readFileSync(file, 'utf8'));
}

const NOT_RUN = { tried: 'not run in its long form for this page', saw: '–', lost: '–' };

/** The page of a run: one table for each group, its rows in the order of the list, those not run among them. */
export function page({ machine, rows }, scenarios) {
  const unknown = rows.find((row) => !scenarios.some(({ name }) => name === row.name));
  if (unknown !== undefined) throw new Error(`there is no scenario "${unknown.name}"`);
  const groups = new Map();
  for (const scenario of scenarios) {
    const row = rows.find(({ name }) => name === scenario.name) ?? NOT_RUN;
    groups.set(scenario.group, [...(groups.get(scenario.group) ?? []), { ...scenario, ...row }]);
  }
  const minutes = Math.ceil(rows.reduce((sum, { seconds }) => sum + seconds, 0) / 60);
  return `# Reliability

What was done to Routemeter to make it hurt its host or lose samples unseen, and what came of it. This page is
made from runs of \`npm run test:soak\`, which took ${minutes} minutes on ${machine}: ${rows.length} of ${scenarios.length} scenarios.

- Each row is a test. One that failed or was left out reads "not run". \`npm run test:soak -- NAME\` runs it again; the beginning of a name
  takes all that begin so (\`-- absent\`). \`--write\` puts what was found into this page.
- \`npm test\` runs the same tests in a short form, except those marked *long*.
- Times and memory are of that run, and no test asserts them to the millisecond or byte. "Recovered" is from the end of
  the fault until the first sample arrived again.
- "Lost and counted" is what \`meter.stats()\` says: recorded = handed to the kernel + waiting + dropped, in every row.
  *Unconfirmed* was handed to the kernel while a server was going away; StatsD has no acknowledgements.
${[...groups].map(([group, entries]) => `\n## ${group}\n\n${table(entries)}\n`).join('')}`;
}

function table(entries) {
  const lines = entries.map((row) => {
    const name = `\`${row.name}\`${row.longOnly ? ' *long*' : ''}`;
    const cells = [
      name,
      row.what,
      row.tried,
      row.saw,
      row.lost,
      memory(row.memory),
      recovered(row.recoveredMs),
    ];
    return `| ${cells.map(cell).join(' | ')} |`;
  });
  return [
    '| name | what is done | tried | what the host saw | lost and counted | memory, MB | recovered |',
    '|---|---|---|---|---|---|---|',
    ...lines,
  ].join('\n');
}

function cell(text) {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}

function memory(found) {
  return found === undefined ? '–' : `${megabytes(found.before)} → ${megabytes(found.after)}`;
}

function megabytes(bytes) {
  return (bytes / 1e6).toFixed(1);
}

function recovered(ms) {
  if (ms === undefined) return '–';
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}
