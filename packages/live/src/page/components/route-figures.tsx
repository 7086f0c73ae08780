import type { RouteRow } from '../api/types.ts';
import { NONE, percent, three, whole } from '../model/formatting.ts';
import { coreShare, errorShare, oneOf, REMOTE_NAME, remoteShare } from '../model/rows.ts';

/** The route's numbers over the window, in the table's order. */
export function RouteFigures({ row }: { row: RouteRow }) {
  const figures: (readonly [
    topic: string,
    title: string,
    value: string,
    unit: string,
    alarming?: boolean,
  ])[] = [
    ['rate', 'rate', three(row.rate), '/s'],
    ['count', `${oneOf(row)}s`, whole(row.count), ''],
    ['p50', 'p50', three(row.wall.p50), 'ms'],
    ['p95', 'p95', three(row.wall.p95), 'ms'],
    ['p99', 'p99', three(row.wall.p99), 'ms'],
    ['max', 'max', three(row.wall.max), 'ms'],
    ...(row.client
      ? ([
          ['clientP50', 'client p50', three(row.client.p50), 'ms'],
          ['clientP95', 'client p95', three(row.client.p95), 'ms'],
          ['clientP99', 'client p99', three(row.client.p99), 'ms'],
        ] as const)
      : []),
    [
      'err',
      'errors',
      row.errors > 0 ? percent(errorShare(row)) : NONE,
      row.errors > 0 ? '%' : '',
      row.errors > 0,
    ],
    ['cpu', 'CPU', percent(coreShare(row)), row.cpu ? '% of a core' : ''],
    ...(row.cpuRemote
      ? ([['remote', `CPU in ${REMOTE_NAME}`, percent(remoteShare(row)), '% of a core']] as const)
      : []),
  ];
  return (
    <dl class="figures">
      {figures.map(([topic, title, value, unit, alarming]) => (
        <div key={topic} tabIndex={0} data-help={topic} data-within={row.wall.within ?? undefined}>
          <dt>{title}</dt>
          <dd class={alarming ? 'alarm' : undefined}>
            {value} <small>{unit}</small>
          </dd>
        </div>
      ))}
    </dl>
  );
}
