import type { RouteRow } from '../api/types.ts';
import { percent, whole } from '../model/formatting.ts';
import { linkTo } from '../model/location.ts';
import { Wire } from './wire.tsx';

/** Which routes and units added the jobs, as far as they are of the same process. */
export function Adders({ row }: { row: RouteRow }) {
  return (
    <ul class="statuses" aria-label="Added by">
      {(row.addedBy ?? []).map(({ method, route, count }) => (
        <li key={`${method} ${route}`}>
          <a href={linkTo('route', { service: row.service, method, path: route })} data-view>
            <span class="method">{method.slice(0, 12)}</span> <Wire text={route} limit={200} />
          </a>
          <span class="num">{whole(count)}</span>
          <span class="num muted">{percent(count / row.count)} %</span>
        </li>
      ))}
    </ul>
  );
}
