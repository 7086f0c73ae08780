// One JSON file per part in bench/results, so that a long run can be made in pieces.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const FOLDER = resolve(import.meta.dirname, '../results');

export function save(name, result, folder = FOLDER) {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${name}.json`), `${JSON.stringify(result, null, 1)}\n`);
}

export function read(name, folder = FOLDER) {
  try {
    return JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8'));
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/** All parts that were measured, by name. */
export function readAll(folder = FOLDER) {
  const names = readdirSync(folder).filter((file) => file.endsWith('.json'));
  return Object.fromEntries(names.map((file) => [file.slice(0, -5), read(file.slice(0, -5), folder)]));
}

/**
 * The rounds of an earlier run before those of this one. Each round is whole, so differences within rounds
 * stay comparable; a different Node or different conditions cannot be added to.
 *
 * @throws Error where they differ.
 */
export function appended(before, now) {
  if (before === undefined) return now;
  const differs = ['node', 'cpu', 'pinned'].find((key) => before.machine[key] !== now.machine[key]);
  if (differs !== undefined)
    throw new Error(`--append: ${differs} was ${before.machine[differs]} and is ${now.machine[differs]}`);
  const conditions = [before, now].map((result) => JSON.stringify(result.data.conditions));
  if (conditions[0] !== conditions[1])
    throw new Error('--append: the amounts differ from those of the earlier run');
  const rounds = [...before.data.rounds, ...now.data.rounds];
  const missing = { ...before.data.missing, ...now.data.missing };
  return { ...now, seconds: before.seconds + now.seconds, data: { ...now.data, rounds, missing } };
}
