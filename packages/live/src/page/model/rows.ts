import type { RouteRow } from '../api/types.ts';

/** The four parts of a request's wall time, always in this order. */
export const PARTS = ['cpu', 'stalled', 'loopBusy', 'idle'] as const;
export type Part = (typeof PARTS)[number];

export const PART_NAMES: Record<Part, string> = {
  cpu: 'CPU',
  stalled: 'stalled',
  loopBusy: 'loop busy',
  idle: 'idle',
};

/** What the mark of a guessed name means. */
export const GUESSED_HELP =
  'Guessed from addresses: no framework told the route. `npx routemeter doctor -- COMMAND` says what names it.';

export const PART_HELP: Record<Part, string> = {
  cpu: 'CPU time its own code used on the event loop',
  stalled: 'its own code held the loop without using CPU: blocking calls, or the machine ran something else',
  loopBusy: 'the loop ran other requests or other work meanwhile',
  idle: 'waiting for something outside this process: a database, another service, a timer',
};

/** Beside the parts: what other threads used while the unit waited for them is no time of its own. */
export const REMOTE_NAME = 'threads';
export const REMOTE_HELP =
  'CPU time that threads of a pool used for it: beside the wall time and no part of it, which was idle meanwhile';

/** Identity of a row from update to update. */
export function rowKey(row: RouteRow): string {
  return [row.service, row.method, row.route, row.metric, serverText(row)].join('\u0000');
}

/** `127.0.0.1:3000`, brackets around what has colons of its own; empty where rows are not told apart so. */
export function serverText({ server }: Pick<RouteRow, 'server'>): string {
  if (server === undefined) return '';
  const { address, port } = server;
  return port === '' ? address : `${address.includes(':') ? `[${address}]` : address}:${port}`;
}

/** Time spent in the route per second of wall clock, ms: what the table is sorted by. */
export const totalTime = (row: RouteRow) => row.rate * row.wall.mean;

/** What one of the row is called: a job is no request. */
export const oneOf = (row: Pick<RouteRow, 'kind'> | undefined) =>
  (row?.kind ?? 'request') === 'request' ? 'request' : 'run';

/** CPU of the route as a part of one core. */
export const coreShare = (row: RouteRow) => (row.cpu ? (row.rate * row.cpu.mean) / 1000 : null);

/** CPU that other threads used for the route, as a part of one core. */
export const remoteShare = (row: RouteRow) => (row.cpuRemote ? (row.rate * row.cpuRemote.mean) / 1000 : null);

export const errorShare = (row: RouteRow) => (row.count > 0 ? row.errors / row.count : 0);

/** Mean of one part, or null when the app does not send it. */
export function part(row: RouteRow, name: Part): number | null {
  return row[name]?.mean ?? null;
}

/** The split of the mean wall time, or null when only wall is known. */
export function split(row: RouteRow): Record<Part, number> | null {
  if (!row.cpu && !row.stalled && !row.loopBusy && !row.idle) return null;
  return {
    cpu: row.cpu?.mean ?? 0,
    stalled: row.stalled?.mean ?? 0,
    loopBusy: row.loopBusy?.mean ?? 0,
    idle: row.idle?.mean ?? 0,
  };
}

/** Whether all that a full split needs is there; with `breakdown` off only CPU comes. */
export const hasFullSplit = (row: RouteRow) => row.cpu !== null && row.loopBusy !== null && row.idle !== null;

/** The same route in a time without requests: its numbers are unknown, and keep their places on the page. */
export function withoutRequests(row: RouteRow): RouteRow {
  const mean = Number.NaN;
  const unknown = { mean, p50: mean, p95: mean, p99: mean, max: mean, within: null };
  return {
    ...row,
    count: 0,
    rate: 0,
    errors: 0,
    aborted: 0,
    status: {},
    wall: unknown,
    cpu: row.cpu && unknown,
    stalled: row.stalled && { mean },
    loopBusy: row.loopBusy && { mean },
    idle: row.idle && { mean },
    ...(row.cpuRemote && { cpuRemote: { mean } }),
    ...(row.queued && { queued: { ...unknown, count: 0 } }),
    ...(row.client && { client: unknown }),
  };
}

/** `2` to `5` for the first digits that occurred, most frequent state of a row's answers. */
export function statusClasses(row: RouteRow): Set<string> {
  return new Set(Object.keys(row.status).map((status) => status[0] ?? ''));
}
