import type { RouteRow } from '../api/types.ts';
import { percent, whole } from '../model/formatting.ts';
import { Wire } from './wire.tsx';

/** How the requests ended. */
export function Statuses({ row }: { row: RouteRow }) {
  const all = Object.entries(row.status).sort(([a], [b]) => (a < b ? -1 : 1));
  return (
    <ul class="statuses" aria-label="Statuses">
      {all.map(([status, count]) => (
        <li key={status} tabIndex={0} data-help="status">
          <b class={`status s${/^[1-5]/.test(status) ? status[0] : ''}`}>
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
