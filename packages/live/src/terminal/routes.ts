import type { Wait } from '../calls/waits.ts';
import type { RouteRow } from '../routes/row.ts';
import { columns, printable } from './columns.ts';
import { cut, digits } from './text.ts';

/** A row of `/api/routes`. */
export type ShownRoute = RouteRow & { waits?: readonly Wait[] };

const NAMES = ['', 'route'];
const BEFORE = ['rate/s', 'p50', 'p95', 'p99'];
const LOAD = ['err %', 'CPU %'];
const AFTER = ['mean', 'requests'];

export const SORTS = {
  time: (row: RouteRow) => row.rate * (row.wall.mean ?? 0),
  rate: (row: RouteRow) => row.rate,
  p95: (row: RouteRow) => row.wall.p95 ?? 0,
  client: (row: RouteRow) => row.client?.p95 ?? 0,
  errors: (row: RouteRow) => row.errors,
  cpu: (row: RouteRow) => row.rate * (row.cpu?.mean ?? 0),
};
export type Sort = keyof typeof SORTS;

/** Upstreams that are named of a route. */
const NAMED = 2;

/**
 * The routes as a table for a terminal, those with most first; times in ms, CPU in percent of a core. Latency as
 * clients see it, CPU that other threads used, and what routes wait for have columns where applications tell them.
 */
export function routesTable(
  rows: readonly ShownRoute[],
  { sort, lines }: { sort: Sort; lines: number },
): string[] {
  const sorted = [...rows].sort((a, b) => SORTS[sort](b) - SORTS[sort](a));
  const services = new Set(rows.map(({ service }) => service));
  const remote = rows.some(({ cpuRemote }) => cpuRemote !== undefined);
  const clients = rows.some(({ client }) => (client ?? null) !== null);
  const waits = rows.some((row) => row.waits !== undefined);
  const shown = sorted
    .slice(0, lines)
    .map((row) => [
      ...cells(row, services.size > 1, { clients, remote }),
      ...(waits ? [waitsText(row)] : []),
    ]);
  const left = rows.length - shown.length;
  const numbers = [
    ...BEFORE,
    ...(clients ? ['client p95'] : []),
    ...LOAD,
    ...(remote ? ['threads %'] : []),
    ...AFTER,
  ];
  const head = [...NAMES, ...numbers, ...(waits ? ['waits for'] : [])];
  const right = new Set(numbers.map((_, at) => NAMES.length + at));
  return [...columns([head, ...shown], right), ...(left > 0 ? [`and ${left} more`] : [])];
}

function cells(
  row: RouteRow,
  isOneOfMany: boolean,
  { clients, remote }: { clients: boolean; remote: boolean },
): string[] {
  const { method, route, service, rate, wall, errors, count, cpu, cpuRemote } = row;
  const where = [isOneOfMany ? service : '', serverOf(row)].filter((text) => text !== '').join(' ');
  const name = where === '' ? route : `${route}  (${where})`;
  return [
    printable(method),
    cut(printable(name)),
    digits(rate),
    digits(wall.p50),
    digits(wall.p95),
    digits(wall.p99),
    ...(clients ? [digits(row.client?.p95 ?? null)] : []),
    digits(count > 0 ? (errors / count) * 100 : 0),
    digits(cpu?.mean == null ? null : (rate * cpu.mean) / 10),
    ...(remote ? [digits(cpuRemote === undefined ? null : (rate * cpuRemote.mean) / 10)] : []),
    digits(wall.mean),
    String(Math.round(count)),
  ];
}

/** The port, which nearly always tells the servers of a service apart. */
function serverOf({ server }: RouteRow): string {
  if (server === undefined) return '';
  return server.port === '' ? server.address : `:${server.port}`;
}

/** `postgresql 22, ads.internal 9.1`: a request's mean in ms for each. */
function waitsText({ waits = [] }: ShownRoute): string {
  const named = waits.filter(({ name }) => name !== null).slice(0, NAMED);
  const texts = named.map(({ name, mean }) => `${cut(printable(name!))} ${digits(mean)}`);
  return [...texts, ...(waits.length > named.length ? ['…'] : [])].join(', ');
}
