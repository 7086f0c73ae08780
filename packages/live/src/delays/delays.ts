import type { RouteRow, Times } from '../routes/row.ts';
import type { Reader } from '../store/store.ts';
import { type Culprit, type DelayLine, type DelayQuery, readDelays } from './reading.ts';

/** What one culprit costs the requests of a route, or one route of a culprit; times in ms. */
export interface Amounts {
  /** Before requests were opened. `mean` is per request of the victim, `total` of all of them. */
  queued: { mean: number | null; total: number };
  /** Each time they went on after that. */
  delayed: { mean: number | null; total: number };
}

/** Who kept a route waiting. */
export interface RouteCulprit extends Culprit, Amounts {
  /** Of all that the route waited for the loop, 0 to 1. */
  share: number;
  /** It is the same route: its requests stand in their own way. */
  own: boolean;
}

/** Whom a culprit kept waiting. */
export interface Victim extends Amounts {
  service: string;
  route: string;
  method: string;
  /** Of all that the culprit made wait, 0 to 1. */
  share: number;
  own: boolean;
}

export interface RouteDelays {
  requests: number;
  queued: Times | null;
  delayed: { mean: number } | null;
  loopBusy: { mean: number } | null;
  client: Times | null;
  /** Requests whose `queued` cannot be told, as the first of a new connection; null where nothing is told at all. */
  unknown: number | null;
  culprits: RouteCulprit[];
}

interface Told {
  queued: number;
  delayed: number;
}

/** More than anybody reads. */
const MOST = 100;

/** Who kept the requests of one route waiting, the longest first. `row` is the route's; undefined without requests. */
export async function delaysOfRoute(
  reader: Reader,
  row: RouteRow | undefined,
  { route, method, service }: { route: string; method: string; service: string | undefined },
  query: DelayQuery,
): Promise<RouteDelays> {
  const where = { ...query.where, http_route: route, http_method: method === 'OTHER' ? 'other' : method };
  const lines = (await readDelays(reader, { ...query, where })).filter(
    (line) => service === undefined || line.service === service,
  );
  const all = total(lines);
  const known = toldOf(row);
  const culprits = groups(lines, ({ culprit }) => JSON.stringify(culprit)).map(
    (own): RouteCulprit => ({
      ...own[0]!.culprit,
      ...amounts(own, known),
      share: all > 0 ? total(own) / all : 0,
      own: isOwn(own[0]!),
    }),
  );
  return {
    requests: row?.count ?? 0,
    queued: row?.queued ?? null,
    delayed: row?.delayed ?? null,
    loopBusy: row?.loopBusy ?? null,
    client: row?.client ?? null,
    unknown: row === undefined || row.delayed === null ? null : Math.max(0, known.delayed - known.queued),
    culprits: culprits.sort(byLength).slice(0, MOST),
  };
}

/** Whom one culprit kept waiting, the longest first. */
export async function victimsOf(
  reader: Reader,
  { kind, route, method }: Culprit,
  service: string | undefined,
  rows: readonly RouteRow[],
  query: DelayQuery,
): Promise<{ victims: Victim[] }> {
  const lines = (await readDelays(reader, query)).filter(
    ({ culprit, service: own }) =>
      culprit.kind === kind &&
      culprit.route === route &&
      (method === null || culprit.method === (method === 'OTHER' ? 'other' : method)) &&
      (service === undefined || own === service),
  );
  const all = total(lines);
  const victims = groups(lines, (line) => JSON.stringify([line.service, line.route, line.method])).map(
    (own): Victim => {
      const { service, route, method } = own[0]!;
      return {
        service,
        route,
        method,
        ...amounts(
          own,
          toldOf(rows.find((row) => row.service === service && row.route === route && row.method === method)),
        ),
        share: all > 0 ? total(own) / all : 0,
        own: isOwn(own[0]!),
      };
    },
  );
  return { victims: victims.sort(byLength).slice(0, MOST) };
}

/** How many requests of a route each part is told of. */
function toldOf(row: RouteRow | undefined): Told {
  return { queued: row?.queued?.count ?? 0, delayed: row?.delayed?.count ?? 0 };
}

function isOwn({ route, method, culprit }: DelayLine): boolean {
  return culprit.kind === 'request' && culprit.route === route && culprit.method === method;
}

function groups(lines: readonly DelayLine[], key: (line: DelayLine) => string): DelayLine[][] {
  const found = new Map<string, DelayLine[]>();
  for (const line of lines) {
    const own = found.get(key(line));
    if (own === undefined) found.set(key(line), [line]);
    else own.push(line);
  }
  return [...found.values()];
}

function amounts(lines: readonly DelayLine[], known: Told): Amounts {
  const of = (part: DelayLine['part']) => {
    const sum = total(lines.filter((line) => line.part === part));
    return { mean: known[part] > 0 ? sum / known[part] : null, total: sum };
  };
  return { queued: of('queued'), delayed: of('delayed') };
}

function total(lines: readonly DelayLine[]): number {
  return lines.reduce((sum, { ms }) => sum + ms, 0);
}

function byLength(a: Amounts, b: Amounts): number {
  return b.queued.total + b.delayed.total - a.queued.total - a.delayed.total;
}
