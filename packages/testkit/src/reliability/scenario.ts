import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'vitest';
import { repositoryRoot } from '../root.ts';

/** One entry of `scenarios.json`, the list of all rows of docs/reliability.md. */
export interface Scenario {
  /** One word for the command line: `npm run test:soak -- NAME`. */
  name: string;
  /** The heading that its row stands under. */
  group: string;
  /** What is done, for people. */
  what: string;
  /** The test file that calls `scenario(name, ...)`, from the root of the repository. */
  file: string;
  /** Too long for `npm test`: runs under `npm run test:soak` alone. */
  longOnly?: boolean;
}

/** What a scenario found, for its row. Texts are for people, short, without a full stop. */
export interface Found {
  /** How often, as `3 x 200 requests`. */
  tried: string;
  /** What the host or its clients saw. */
  saw: string;
  /** What was lost and counted, as `1200 of 9000 samples: queue_full`; `nothing` where nothing was. */
  lost: string;
  /** Heap or resident memory in bytes, before and after; left out where it says nothing. */
  memory?: { before: number; after: number };
  /** From the end of the fault until the first sample arrived again, in ms; left out where nothing broke. */
  recoveredMs?: number;
}

/** A row of docs/reliability.json. */
export interface Row extends Found {
  name: string;
  seconds: number;
  node: string;
}

const ROOT = repositoryRoot();
const LIST = join(ROOT, 'packages/testkit/src/reliability/scenarios.json');

export const scenarios = JSON.parse(readFileSync(LIST, 'utf8')) as Scenario[];

/** Where the long run, `npm run test:soak`, wants its rows, one file each; unset in `npm test`. */
const folder = process.env.SOAK_ROWS;
export const isLong = folder !== undefined;

/** Of the two scenarios that take longest, the part that is run: `npm run test:soak -- --share 0.05`. */
export const share = Number(process.env.SOAK_SHARE ?? 1);

/** A size for `npm test`, and one for the long run. */
export function size<T>(short: T, long: T): T {
  return isLong ? long : short;
}

/**
 * A test that is a row of docs/reliability.md: its name stands in `scenarios.json`, and what `run`
 * returns is recorded once it passed.
 *
 * @param seconds how long it may take at most, in `npm test` and in the long run.
 * @throws Error for a name that is not in the list.
 * @example
 * scenario('absent-udp', [20, 60], async () => {
 *   const { requests } = await load(size(100, 10_000));
 *   return { tried: `${requests} requests`, saw: 'the same answers', lost: 'nothing' };
 * });
 */
export function scenario(
  name: string,
  seconds: [short: number, long: number],
  run: () => Promise<Found>,
): void {
  const known = scenarios.find((one) => one.name === name);
  if (known === undefined) throw new Error(`scenarios.json has no "${name}"`);
  if (known.longOnly === true && !isLong) return;
  test(
    `${name}: ${known.what}`,
    async () => {
      const began = performance.now();
      const found = await run();
      const took = Math.round((performance.now() - began) / 1000);
      if (folder === undefined) return;
      const row: Row = { name, ...found, seconds: took, node: process.versions.node };
      writeFileSync(join(folder, `${name}.json`), `${JSON.stringify(row, null, 2)}\n`);
    },
    size(...seconds) * 1000,
  );
}

/** Books as `meter.stats()` has them. */
export interface Books {
  samples: number;
  handed: number;
  waiting: number;
  dropped: Record<string, number>;
  unconfirmed: number;
}

export function droppedOf({ dropped }: Pick<Books, 'dropped'>): number {
  return Object.values(dropped).reduce((sum, samples) => sum + samples, 0);
}

/**
 * The `lost` of a row out of books: `1200 of 9000 samples (queue_full)`.
 *
 * @param gone samples that were handed to the system and did not arrive.
 */
export function lostOf(books: Books, gone = 0): string {
  const lost = droppedOf(books);
  const causes = lost === 0 ? 'nothing' : `${lost} (${Object.keys(books.dropped).sort().join(', ')})`;
  const away = gone > 0 ? `, and ${gone} that the system had; ${books.unconfirmed} unconfirmed` : '';
  return `${causes} of ${books.samples}${away}`;
}
