import type { RouteRow } from '../api/types.ts';
import { percent, whole } from '../model/formatting.ts';
import { Wire } from './wire.tsx';

/** Outcomes of units that are no requests, as the classes of statuses that are shown alike. */
const OUTCOMES: Readonly<Record<string, string>> = { ok: '2', retry: '4', error: '5', stalled: '5' };

function classOf(status: string): string {
  if (/^[1-5]/.test(status)) return status[0]!;
  return Object.hasOwn(OUTCOMES, status) ? OUTCOMES[status]! : '';
}

/** How the requests ended. */
export function Statuses({ row }: { row: RouteRow }) {
  const all = Object.entries(row.status).sort(([a], [b]) => (a < b ? -1 : 1));
  return (
    <ul class="statuses" aria-label={row.kind === 'request' ? 'Statuses' : 'Outcomes'}>
      {all.map(([status, count]) => (
        <li key={status} tabIndex={0} data-help="status">
          <b class={`status s${classOf(status)}`}>
            <Wire text={status} limit={20} />
          </b>
          <span class="num">{whole(count)}</span>
          <span class="num muted">{percent(count / row.count)} %</span>
        </li>
      ))}
      {row.aborted > 0 ? (
        <li tabIndex={0} data-help="aborted">
          <b class="status">aborted</b>
          <span class="num">{whole(row.aborted)}</span>
          <span class="num muted">{percent(row.aborted / row.count)} %</span>
        </li>
      ) : null}
    </ul>
  );
}
