import type { Block, RouteCall, RouteRow } from '../api/types.ts';
import { repeats, worstRepeat } from './calls.ts';
import { holding } from './delays.ts';
import { spoken } from './formatting.ts';
import { oneOf, rowKey } from './rows.ts';

/** A piece of a sentence: plain words, or a name from the wire that is set apart. */
export type Piece = string | { name: string };
export type Sentence = Piece[];

/** Fewer requests than this are an anecdote, and below a millisecond nobody needs advice. */
const LEAST_COUNT = 10;
const LEAST_WALL = 1;

/** How large a part must be before it is the story of the route. */
const STORY = { loopBusy: 0.25, stalled: 0.25, cpu: 0.4, idle: 0.6 };

/** How much of what clients wait must be unread before it is the story, and how many ms. */
const UNREAD = { share: 0.3, ms: 0.5 };

/** Routes that explain less than this part of the wait are not named as its cause. */
const EXPLAINED = 0.3;

const routeName = (row: RouteRow): Piece => ({ name: `${row.method} ${row.route}` });

/**
 * Who the loop was busy with while `row` waited, from rates and lengths alone: during its own
 * `open` ms a request meets `rate x open` pieces of work of another route, and it arrives in the
 * middle of one with probability `rate x length`, then waits half of it.
 */
export function suspects(row: RouteRow, all: readonly RouteRow[]): { row: RouteRow; wait: number }[] {
  const open = row.wall.mean - (row.loopBusy?.mean ?? 0);
  return all
    .filter((other) => other.service === row.service && other.cpu !== null)
    .map((other) => {
      const length = (other.cpu?.mean ?? 0) + (other.stalled?.mean ?? 0);
      return { row: other, wait: (other.rate / 1000) * length * (Math.max(0, open) + length / 2) };
    })
    .sort((a, b) => b.wait - a.wait);
}

function waitsForLoop(row: RouteRow, busy: number, all: readonly RouteRow[]): Sentence {
  const head: Sentence = [
    routeName(row),
    ` waits ${spoken(busy)} of its ${spoken(row.wall.mean)} ms for the loop`,
  ];
  const found = suspects(row, all);
  const total = found.reduce((sum, suspect) => sum + suspect.wait, 0);
  const first = found[0];
  if (!first || total < busy * EXPLAINED) return [...head, '.'];
  const share = first.wait / total;
  if (share < 0.35) return [...head, ', which is busy with many other routes.'];
  const whom: Sentence =
    rowKey(first.row) === rowKey(row)
      ? [`other ${oneOf(row)}s of the same ${row.kind === 'request' ? 'route' : 'unit'}`]
      : [routeName(first.row)];
  return [
    ...head,
    ', which is busy with ',
    ...whom,
    share > 0.5 ? ' most of that time.' : ' for much of that time.',
  ];
}

/** What clients wait before their request is even read; null where that is not the story. */
function waitsUnread(row: RouteRow): Sentence | null {
  const { queued, client, heldBy, count } = row;
  if (!queued || !client || count < LEAST_COUNT) return null;
  if (queued.mean < UNREAD.ms || queued.mean < client.mean * UNREAD.share) return null;
  return [
    `Clients wait ${spoken(client.mean)} ms for `,
    routeName(row),
    `, of which ${spoken(queued.mean)} unread while `,
    ...holding(heldBy, row),
    '.',
  ];
}

/** What it waits for by name, at most two; null where that explains too little. */
function waitsForUpstreams(row: RouteRow, idle: number): Sentence | null {
  const named = (row.waits ?? []).filter(({ name }) => name !== null).slice(0, 2);
  const known = named.reduce((sum, { mean }) => sum + mean, 0);
  if (known < idle * EXPLAINED) return null;
  // The second is told where it is worth a word beside the first.
  const told = named.filter(({ mean }) => mean >= known * 0.1);
  return [
    routeName(row),
    ` waits ${spoken(idle)} of its ${spoken(row.wall.mean)} ms: `,
    ...told.flatMap(
      ({ name, mean }, at): Sentence => [`${at > 0 ? ', ' : ''}${spoken(mean)} for `, { name: name! }],
    ),
  ];
}

function repeating(call: RouteCall | undefined, row: RouteRow): Sentence {
  const times = call && repeats(call);
  return times ? [`; one ${oneOf(row)} asks ${spoken(times.mean)} times `, { name: call.name }] : [];
}

/** The block that most of the route's time goes to, if there is one. */
function mainBlock(blocks: readonly Block[]): Block | undefined {
  return [...blocks]
    .sort((a, b) => (b.share ?? 0) - (a.share ?? 0))
    .find((block) => (block.share ?? 0) >= 0.5);
}

function inBlock(block: Block | undefined, row: RouteRow): Sentence {
  if (!block) return [];
  const often = block.perRequest ?? 0;
  const calls = often >= 1.5 ? `, called ${spoken(often)} times per ${oneOf(row)}` : '';
  return [', most of it in ', { name: block.name }, calls];
}

/**
 * What a person would say about where the time of `row` goes, or null when the data does not
 * carry it: too few requests, no split sent, or no part that stands out.
 */
export function sentenceFor(
  row: RouteRow,
  all: readonly RouteRow[],
  blocks: readonly Block[] = [],
  calls: readonly RouteCall[] = [],
): Sentence | null {
  const unread = waitsUnread(row);
  if (unread !== null) return unread;
  const wall = row.wall.mean;
  if (row.count < LEAST_COUNT || wall < LEAST_WALL || !row.cpu) return null;
  const cpu = row.cpu.mean;
  const busy = row.loopBusy?.mean ?? 0;
  const stalled = row.stalled?.mean ?? 0;
  const of = (part: number) => `${spoken(part)} of its ${spoken(wall)} ms`;

  if (stalled >= wall * STORY.stalled && stalled >= busy) {
    return [
      routeName(row),
      ` blocks the loop for ${of(stalled)} without computing: a synchronous call, such as reading a file or starting a process`,
      ...inBlock(mainBlock(blocks), row),
      '.',
    ];
  }
  if (busy >= wall * STORY.loopBusy && busy >= cpu) return waitsForLoop(row, busy, all);
  if (cpu >= wall * STORY.cpu) {
    return [
      routeName(row),
      ` computes for ${of(cpu)}`,
      ...inBlock(mainBlock(blocks), row),
      `; meanwhile no ${row.kind === 'request' ? 'other ' : ''}request of the process runs.`,
    ];
  }
  const idle = row.idle?.mean ?? 0;
  if (idle >= wall * STORY.idle) {
    const upstreams = waitsForUpstreams(row, idle);
    if (upstreams !== null) return [...upstreams, ...repeating(worstRepeat(calls, row), row), '.'];
    return [
      routeName(row),
      ` waits ${of(idle)} for something outside this process, such as a database or another service`,
      ...inBlock(mainBlock(blocks), row),
      '.',
    ];
  }
  return null;
}

/** The first route, from the one worth most work, that has something to say. */
export function firstSentence(rows: readonly RouteRow[], all: readonly RouteRow[]): Sentence | null {
  for (const row of rows.slice(0, 5)) {
    const sentence = sentenceFor(row, all);
    if (sentence) return sentence;
  }
  return null;
}

export function sentenceText(sentence: Sentence): string {
  return sentence.map((piece) => (typeof piece === 'string' ? piece : piece.name)).join('');
}
