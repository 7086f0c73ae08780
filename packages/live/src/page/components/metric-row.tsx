import type { Metric } from '../api/types.ts';
import { age, clock, NONE, short, three, whole } from '../model/formatting.ts';
import { linkTo, type Patch } from '../model/location.ts';
import { formatOf, unitOf } from '../model/metric.ts';
import type { NamePart } from '../model/name-parts.ts';
import { CutName } from './cut-name.tsx';

interface Props {
  metric: Metric;
  parts: readonly NamePart[];
  index: number;
  /** The row that the Tab key reaches. */
  entry: boolean;
  chosen: boolean;
  /** Now, by the server's clock. */
  at: number;
  /** Search and order of the list, which stay in the link. */
  listState: Patch;
}

export function MetricRow({ metric, parts, index, entry, chosen, at, listState }: Props) {
  const { name, type, value, rate, lastSeen, unit } = metric;
  const words = unitOf(type, 'last', unit);
  return (
    <tr data-key={`${type} ${name}`} aria-rowindex={index + 2} class={chosen ? 'chosen' : undefined}>
      <th scope="row">
        <a
          href={linkTo('metrics', { ...listState, name, type })}
          data-view
          data-cell="name"
          tabIndex={entry ? 0 : -1}
          aria-current={chosen ? 'true' : undefined}
          data-say={name.length > 24 ? name.slice(0, 600) : undefined}
        >
          <CutName parts={parts} />
        </a>
      </th>
      <td class="m-type muted">{type}</td>
      <td
        class={value === null ? 'num m-value none' : 'num m-value'}
        data-cell="value"
        tabIndex={-1}
        data-help="metricValue"
        data-say={value === null ? undefined : `${value}${words && words !== 'bytes' ? ` ${words}` : ''}`}
      >
        {formatOf('last', unit)(value)}
      </td>
      <td class="num m-rate" data-cell="rate" tabIndex={-1} data-help="metricRate">
        {rate ? three(rate) : short(rate)}
      </td>
      <td
        class="num m-seen"
        data-cell="seen"
        tabIndex={-1}
        data-help="metricLast"
        data-say={lastSeen === null ? undefined : clock(lastSeen)}
      >
        {lastSeen === null ? NONE : age(at - lastSeen)}
      </td>
      <td class="num m-series" data-cell="series" tabIndex={-1} data-help="metricSeries">
        {whole(metric.series)}
      </td>
      <td class="num m-custom" data-cell="custom" tabIndex={-1} data-help="customMetrics">
        {whole(metric.customMetrics)}
      </td>
    </tr>
  );
}
