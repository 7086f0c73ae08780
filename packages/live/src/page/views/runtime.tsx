import { MetricChart } from '../charts/metric-chart.tsx';
import { useEscape } from '../components/escape.ts';
import { Frame } from '../components/frame.tsx';
import { Wire } from '../components/wire.tsx';
import { useMetrics } from '../model/all-metrics.ts';
import { metricKey } from '../model/metric.ts';
import { runtimeGroups } from '../model/runtime-panels.ts';

/** How the processes are: loop, garbage collection, memory, CPU. */
export function Runtime() {
  useEscape();
  const known = useMetrics(5000);
  const groups = runtimeGroups(known ?? []);
  return (
    <Frame>
      {known && groups.length === 0 ? <Missing /> : null}
      {groups.map(({ app, charts }) => (
        <section key={app}>
          {groups.length > 1 || app ? (
            <h2>
              <Wire text={app || '(no prefix)'} limit={80} />
            </h2>
          ) : null}
          <div class="panels">
            {charts.map((chart) => (
              <div key={metricKey(chart.metric)} class="panel">
                <MetricChart {...chart} height={150} />
              </div>
            ))}
          </div>
        </section>
      ))}
    </Frame>
  );
}

function Missing() {
  return (
    <p class="nothing">
      No app sends runtime metrics. They come with <code>--import routemeter/register</code>, or with{' '}
      <code>createMeter({'{ runtime: true }'})</code>.
    </p>
  );
}
