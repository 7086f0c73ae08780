import { oneOf } from 'routemeter/budgets';
import type { Caller, Upstream } from '../calls/upstreams.ts';
import { columns, printable } from './columns.ts';
import { cut, digits } from './text.ts';

const HEAD = ['upstream', 'peer', 'rate/s', 'p50', 'p95', 'p99', 'err %', 'wait ms/s', 'most for'];
const RIGHT = new Set([2, 3, 4, 5, 6, 7]);

/** The upstreams as a table for a terminal, in the order of `/api/upstreams`: what is waited for longest first. */
export function upstreamsTable(upstreams: readonly Upstream[], lines: number): string[] {
  const shown = upstreams.slice(0, lines).map(cells);
  const left = upstreams.length - shown.length;
  return [...columns([HEAD, ...shown], RIGHT), ...(left > 0 ? [`and ${left} more`] : [])];
}

function cells({ name, peer, rate, duration, errors, count, wait, callers }: Upstream): string[] {
  return [
    cut(printable(name)),
    cut(printable(peer)),
    digits(rate),
    digits(duration.p50),
    digits(duration.p95),
    digits(duration.p99),
    digits(count > 0 ? (errors / count) * 100 : 0),
    digits(wait?.rate ?? null),
    callers.length === 0 ? '' : cut(printable(callerText(callers[0]!))),
  ];
}

/** Whom it costs most, and how often a request of it asks: `GET /home (3 per request)`. */
function callerText({ method, route, perRequest }: Caller): string {
  if (route === null) return 'no request';
  const often = perRequest === null ? '' : ` (${digits(perRequest)} per ${oneOf(method ?? undefined)})`;
  return `${method} ${route}${often}`;
}
