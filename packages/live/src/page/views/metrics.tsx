import { useMemo } from 'preact/hooks';
import { metrics as loadMetrics } from '../api/client.ts';
import type { Metric } from '../api/types.ts';
import { useEscape } from '../components/escape.ts';
import { Frame } from '../components/frame.tsx';
import { MetricDetail } from '../components/metric-detail.tsx';
import { MetricsList } from '../components/metrics-list.tsx';
import { SearchBox } from '../components/search-box.tsx';
import { contains } from '../model/filtering.ts';
import { useLoad } from '../model/load.ts';
import { amend, place } from '../model/location.ts';
import { metricKey } from '../model/metric.ts';
import { parseOrder } from '../model/metric-order.ts';

const NO_METRICS: Metric[] = [];

/** Every metric that has come: find it, see it, take its query along. */
export function Metrics() {
  useEscape();
  const { query } = place.value;
  const { data } = useLoad('metrics', loadMetrics, 2000);
  const all = data?.metrics ?? NO_METRICS;
  const text = query.get('q') ?? '';
  const found = useMemo(
    () =>
      text === ''
        ? all
        : all.filter((metric) => contains(`${metric.name} ${metric.type} ${metric.tags.join(' ')}`, text)),
    [all, text],
  );
  const name = query.get('name');
  const chosen =
    all.find((metric) => metric.name === name && metric.type === query.get('type')) ??
    all.find((metric) => metric.name === name);
  return (
    <Frame toolbar={<SearchBox label="Search metrics" value={text} onChange={(q) => amend({ q })} />}>
      {data && all.length === 0 ? <p class="nothing">No metric has come yet.</p> : null}
      <div class={chosen ? 'explorer chosen' : 'explorer'}>
        {data ? (
          <MetricsList
            metrics={found}
            all={all.length}
            chosen={chosen ? metricKey(chosen) : ''}
            order={parseOrder(query.get('sort') ?? '')}
          />
        ) : null}
        {chosen ? (
          <div class="explorer-detail">
            <MetricDetail key={metricKey(chosen)} metric={chosen} />
          </div>
        ) : null}
      </div>
    </Frame>
  );
}
