/** @jsxImportSource preact */
import type { Metric } from '../../../packages/live/src/page/api/types.ts';
import { gridKeys } from '../../../packages/live/src/page/components/grid-keys.ts';
import { Wire } from '../../../packages/live/src/page/components/wire.tsx';
import { whole } from '../../../packages/live/src/page/model/formatting.ts';
import { linkTo, place } from '../../../packages/live/src/page/model/location.ts';
import { metricKey } from '../../../packages/live/src/page/model/metric.ts';

interface Props {
  metrics: readonly Metric[];
  all: number;
  chosen: string;
}

/** The list of metrics as it was before rows out of sight left the document. */
export function MetricsList({ metrics, all, chosen }: Props) {
  if (all === 0) return null;
  const custom = metrics.reduce((sum, metric) => sum + metric.customMetrics, 0);
  const query = place.value.query.get('q');
  const entry = Math.max(
    0,
    metrics.findIndex((metric) => metricKey(metric) === chosen),
  );
  return (
    <div class="explorer-list">
      <p class="muted">
        {metrics.length === all ? whole(all) : `${whole(metrics.length)} of ${whole(all)}`} metrics,{' '}
        <span tabIndex={0} data-help="customMetrics">
          {whole(custom)} custom metrics
        </span>
      </p>
      <table class="metrics" onKeyDown={gridKeys}>
        <caption class="unseen">Metrics by name</caption>
        <thead>
          <tr>
            <th scope="col">Metric</th>
            <th scope="col" class="m-type">
              type
            </th>
            <th scope="col" class="num">
              <span tabIndex={0} data-help="metricSeries">
                series
              </span>
            </th>
            <th scope="col" class="num m-custom">
              <span tabIndex={0} data-help="customMetrics">
                custom
              </span>
            </th>
          </tr>
        </thead>
        <tbody>
          {metrics.map((metric, index) => (
            <tr key={metricKey(metric)} class={metricKey(metric) === chosen ? 'chosen' : undefined}>
              <th scope="row">
                <a
                  href={linkTo('metrics', { q: query, name: metric.name, type: metric.type })}
                  data-view
                  data-cell="name"
                  tabIndex={index === entry ? 0 : -1}
                  aria-current={metricKey(metric) === chosen ? 'true' : undefined}
                  data-say={metric.name.length > 30 ? metric.name.slice(0, 600) : undefined}
                >
                  <Wire text={metric.name} />
                </a>
              </th>
              <td class="m-type muted">{metric.type}</td>
              <td class="num" data-cell="series" tabIndex={-1} data-help="metricSeries">
                {whole(metric.series)}
              </td>
              <td class="num m-custom" data-cell="custom" tabIndex={-1} data-help="customMetrics">
                {whole(metric.customMetrics)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {metrics.length === 0 ? <p class="nothing small">No name fits.</p> : null}
    </div>
  );
}
