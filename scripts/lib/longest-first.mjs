// The order of test files: the longest first, so that none of them runs alone at the end. Vitest knows how long they
// took the last time, but not in a fresh clone: `durations.json` has those that take long, as `npm test -- --record`
// wrote it.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { BaseSequencer } from 'vitest/node';
import { ROOT } from './process.mjs';

const KNOWN = join(import.meta.dirname, 'durations.json');
/** Seconds: shorter ones fill the gaps, in whatever order. */
const LONG = 10;

export default class LongestFirst extends BaseSequencer {
  async sort(files) {
    const known = durations();
    const seconds = ({ moduleId }) => known[relative(ROOT, moduleId)] ?? 0;
    const group = ({ project }) => project.config.sequence.groupOrder;
    const sorted = await super.sort(files);
    return sorted.sort((a, b) => group(a) - group(b) || seconds(b) - seconds(a));
  }
}

/** Seconds by file, relative to the repository. */
export function durations() {
  return existsSync(KNOWN) ? JSON.parse(readFileSync(KNOWN, 'utf8')) : {};
}

/** Keeps the longest of `files`, each with its `name` and `seconds`. */
export function record(files) {
  const long = files.filter(({ seconds }) => seconds >= LONG).sort((a, b) => b.seconds - a.seconds);
  const known = Object.fromEntries(long.map(({ name, seconds }) => [name, Math.round(seconds)]));
  writeFileSync(KNOWN, `${JSON.stringify(known, null, 2)}\n`);
}
