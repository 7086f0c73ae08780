import { expect } from 'vitest';
import { droppedOf, type Found, lostOf, scenario, size } from '../../../testkit/src/reliability/scenario.ts';
import { findAddon } from '../../src/outputs/index.ts';
import type { Kind } from '../sinks/counting-server.ts';
import { type MeasuredBooks, Stage, whyNotApart } from './fault-stage.ts';
import { FAULTS, type Fault } from './faults.ts';

/** All queues and pools together: 512 payloads of 8 KB, and what a heap has of its own. */
const BOUND = 40e6;
/** Beyond this, each fault is a warning of its own. */
const WARNINGS = 2;
const LABELS: Record<Kind, string> = {
  udp: 'UDP',
  tcp: 'TCP',
  unixstream: 'Unix stream',
  unix: 'Unix datagram',
};
const whyNot = whyNotApart();
const hasAddon = typeof findAddon() !== 'string';

interface Seen {
  answers: string[];
  books: MeasuredBooks;
  received: number;
  before: number;
  recoveredMs: number | null;
  stderr: string;
}

function setOf({ set }: Fault, kind: Kind | null) {
  return typeof set === 'function' ? set(kind) : (set ?? {});
}

async function meet(fault: Fault, kind: Kind | null): Promise<Seen> {
  const stage = await Stage.open({ kind, ...setOf(fault, kind) });
  try {
    const { memory: before } = await stage.books();
    await fault.run(stage);
    const during = await stage.books();
    expect(during.handed + during.waiting + droppedOf(during)).toBe(during.samples);
    // While it waits, too: the agent has had no time yet.
    expect(during.memory - before).toBeLessThan(BOUND);
    const recoveredMs = await stage.recovery();
    return { ...(await stage.end()), answers: stage.answers, before, recoveredMs };
  } finally {
    await stage.close();
  }
}

async function check(fault: Fault, kind: Kind, bare: Seen): Promise<Seen> {
  const metered = await meet(fault, kind);
  expect(metered.answers.length).toBeGreaterThan(0);
  // How often sending was tried again is not the application's affair.
  const shared = Math.min(bare.answers.length, metered.answers.length);
  const differs = metered.answers.findIndex((answer, at) => at < shared && answer !== bare.answers[at]);
  expect(metered.answers[differs], `answer ${differs}`).toBe(bare.answers[differs]);
  const { books, received, before } = metered;
  expect(metered.recoveredMs, `sending over ${kind} resumes`).not.toBeNull();
  expect(books.waiting).toBe(0);
  expect(books.samples).toBeGreaterThan(metered.answers.length);
  expect(books.handed + droppedOf(books)).toBe(books.samples);
  for (const cause of Object.keys(books.dropped)) expect(fault.causes).toContain(cause);
  expect(received, `received over ${kind}: ${JSON.stringify(books)}`).toBeLessThanOrEqual(books.handed);
  if (fault.silent?.includes(kind) !== true)
    expect(books.handed - received, `gone over ${kind}`).toBeLessThanOrEqual(books.unconfirmed);
  expect(books.memory - before).toBeLessThan(BOUND);
  const lines = metered.stderr.split('\n').filter((line) => line !== '');
  expect(new Set(lines).size).toBe(lines.length);
  expect(lines.length).toBeLessThanOrEqual(WARNINGS);
  return metered;
}

function isHere(fault: Fault, kind: Kind): boolean {
  if (kind === 'unix' && !hasAddon) return false;
  return whyNot === null || setOf(fault, kind).isApart !== true;
}

for (const [name, fault] of Object.entries(FAULTS)) {
  const kinds = fault.on.filter((kind) => isHere(fault, kind));
  scenario(name, [90, 300], async (): Promise<Found> => {
    const bare = await meet(fault, null);
    const chosen = kinds.slice(0, size(2, 4));
    const seen = await Promise.all(
      chosen.map(async (kind) => [kind, await check(fault, kind, bare)] as const),
    );
    const each = (text: (one: Seen) => string) =>
      seen.map(([kind, one]) => `${LABELS[kind]}: ${text(one)}`).join('; ');
    const worst = seen.map(([, one]) => one).sort((a, b) => b.books.memory - a.books.memory)[0]!;
    return {
      tried: each(({ answers, books }) => `${answers.length} requests, ${books.samples} samples`),
      saw: 'the same bytes as without us',
      lost: each(({ books, received }) => lostOf(books, books.handed - received)),
      memory: { before: worst.before, after: worst.books.memory },
      recoveredMs: Math.max(...seen.map(([, one]) => one.recoveredMs!)),
    };
  });
}
