import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { repositoryRoot } from '../root.ts';
import type { Form } from './forms.ts';
import type { Verdict } from './judge.ts';
import type { Reading } from './reading.ts';

/** What one server does with each form. */
export interface ServerRow {
  kind: 'server';
  id: string;
  name: string;
  version: string;
  how: string;
  forms: Record<string, Verdict>;
  /** Null where it does not listen so. */
  transports: Record<string, boolean | null>;
  /** Each form, and what the server had of it: for the head of the table and the vectors of the live server. */
  vectors?: (Form & { readings: Reading[] })[];
}

/** One application with one setting into one server. */
export interface SettingRow {
  kind: 'setting';
  id: string;
  version: string;
  /** Those that arrived, each with its count, sum and tags. */
  metrics: number;
  /** Whether the server worked out quantiles, which were then right. */
  quantiles: boolean;
}

/** One client into the live server. */
export interface ClientRow {
  kind: 'client';
  id: string;
  name: string;
  version: string;
  language: string;
  /** Metrics that it sent, each read as meant. */
  metrics: number;
  /** What to know, as the run saw it. */
  notes: string[];
}

/** One engine that takes and answers what the live server writes and asks. */
export interface StoreRow {
  kind: 'store';
  id: string;
  name: string;
  version: string;
  /** Tests that passed, by what was tried. */
  saw: Record<string, number>;
}

export type Row = ServerRow | SettingRow | ClientRow | StoreRow;

export const RESULTS = join(repositoryRoot(), 'docs/collectors.json');
/** Where `npm run test:collectors -- --write` gathers what the tests found. */
const folder = process.env.COLLECTOR_ROWS;

/** Keeps what was found for the page, or holds it against what the page says. */
export function settle(row: Row): void {
  if (folder !== undefined) {
    writeFileSync(join(folder, `${row.kind}-${row.id.replace(/\W/g, '-')}.json`), JSON.stringify(row));
    return;
  }
  const known = (JSON.parse(readFileSync(RESULTS, 'utf8')) as { rows: Row[] }).rows.find(
    ({ kind, id }) => kind === row.kind && id === row.id,
  );
  const { vectors: _, ...found } = row as ServerRow;
  expect(found).toEqual(known);
}
