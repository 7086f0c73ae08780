import { amend } from '../model/location.ts';
import { type MetricColumn, type MetricOrder, nextOrder } from '../model/metric-order.ts';
import { SortArrow } from './sort-arrow.tsx';

const COLUMNS: { id: MetricColumn; title: string; unit?: string; topic?: string }[] = [
  { id: 'name', title: 'Metric' },
  { id: 'type', title: 'type' },
  { id: 'value', title: 'last', topic: 'metricValue' },
  { id: 'rate', title: 'rate', unit: '/s', topic: 'metricRate' },
  { id: 'seen', title: 'seen', topic: 'metricLast' },
  { id: 'series', title: 'series', topic: 'metricSeries' },
  { id: 'custom', title: 'custom', topic: 'customMetrics' },
];

/** Each column sorts the list. */
export function MetricsHead({ order }: { order: MetricOrder }) {
  return (
    <thead>
      <tr aria-rowindex={1}>
        {COLUMNS.map(({ id, title, unit, topic }) => {
          const sorted = order.column === id;
          const isText = id === 'name' || id === 'type';
          return (
            <th
              key={id}
              scope="col"
              class={`m-${id}${isText ? '' : ' num'}${sorted ? ' sorted' : ''}`}
              aria-sort={sorted ? (order.descending ? 'descending' : 'ascending') : undefined}
            >
              <button type="button" data-help={topic} onClick={() => amend({ sort: nextOrder(order, id) })}>
                {title}
                {unit ? <small>{unit}</small> : null}
                <SortArrow descending={order.descending} />
              </button>
            </th>
          );
        })}
      </tr>
    </thead>
  );
}
