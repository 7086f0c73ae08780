import { heat } from '../api/client.ts';
import type { Metric } from '../api/types.ts';
import { axisFor } from '../model/axis.ts';
import { useLoad } from '../model/load.ts';
import { unitOf } from '../model/metric.ts';
import { filtersOf } from '../model/metric-filter.ts';
import { range } from '../model/zoom.ts';
import { HeatChart } from './heat-chart.tsx';

/** Every sample of a timing, by value and time. */
export function MetricHeat({ metric, height }: { metric: Metric; height: number }) {
  const parameters = { name: metric.name, type: metric.type, ...filtersOf(metric), ...range.value };
  const { data, refused } = useLoad(
    `heat ${JSON.stringify(parameters)}`,
    (signal) => heat(parameters, signal),
    range.value.step <= 5 ? 2000 : 5000,
  );
  return (
    <>
      {refused ? <p class="notice lost">{refused}</p> : null}
      <HeatChart
        answer={data}
        unit={unitOf(metric.type, 'heat', metric.unit)}
        of="samples"
        height={height}
        {...axisFor(data, data?.points.length ?? 0)}
      />
    </>
  );
}
