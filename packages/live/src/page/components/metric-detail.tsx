import type { Metric } from '../api/types.ts';
import { MetricChart } from '../charts/metric-chart.tsx';
import { MetricHeat } from '../charts/metric-heat.tsx';
import { LANGUAGES, queryText } from '../model/copied-query.ts';
import { clock, whole } from '../model/formatting.ts';
import { amend, place } from '../model/location.ts';
import { formatOf, offeredFor, statInForce, unitOf } from '../model/metric.ts';
import { tagsOf } from '../model/metric-filter.ts';
import { CopyBlock } from './copy-block.tsx';
import { MetricFilters } from './metric-filters.tsx';
import { SelectFilter } from './select-filter.tsx';
import { UnitChoice } from './unit-choice.tsx';
import { Wire } from './wire.tsx';

const HEIGHT = 260;

/** One metric: over time, narrowed or split by a tag, and as a query to take along. */
export function MetricDetail({ metric }: { metric: Metric }) {
  const { query } = place.value;
  const chosenBy = query.get('by') ?? '';
  const by = metric.tags.includes(chosenBy) ? chosenBy : '';
  const stat = statInForce(metric.type, query.get('stat') ?? '', by);
  const stats = offeredFor(metric, by);
  return (
    <section>
      <h1 class="metric-title">
        <Wire text={metric.name} limit={600} />
      </h1>
      <About metric={metric} />
      <div class="choices">
        <fieldset class="segments" aria-label="Statistic">
          {stats.map((one) => (
            <button key={one} type="button" aria-pressed={one === stat} onClick={() => amend({ stat: one })}>
              {one}
            </button>
          ))}
        </fieldset>
        {metric.tags.length > 0 ? (
          <>
            <SelectFilter
              label="split by"
              value={by}
              options={metric.tags}
              onChange={(value) => amend({ by: value })}
            />
            <MetricFilters metric={metric} />
          </>
        ) : null}
      </div>
      {stat === 'heat' ? (
        <MetricHeat metric={metric} height={HEIGHT} />
      ) : (
        <MetricChart
          metric={metric}
          stat={stat}
          by={by}
          height={HEIGHT}
          format={formatOf(stat, metric.unit)}
        />
      )}
      {metric.type === 'gauge' && metric.series > 1 && !by ? <Merged metric={metric} stat={stat} /> : null}
      {stat === 'heat' ? null : <Elsewhere metric={metric} stat={stat} by={by} />}
    </section>
  );
}

/** What it is, and its value now. */
function About({ metric }: { metric: Metric }) {
  const { type, series, customMetrics, lastSeen } = metric;
  return (
    <p class="muted metric-about">
      <Now metric={metric} />
      <span>
        {type},{' '}
        <span tabIndex={0} data-help="metricSeries">
          {whole(series)} series
        </span>
        ,{' '}
        <span tabIndex={0} data-help="customMetrics">
          {whole(customMetrics)} custom {customMetrics === 1 ? 'metric' : 'metrics'}
        </span>
        {lastSeen === null ? null : (
          <>
            ,{' '}
            <span tabIndex={0} data-help="metricLast">
              last at {clock(lastSeen)}
            </span>
          </>
        )}
      </span>
      <UnitChoice metric={metric} />
    </p>
  );
}

/** A counter is how quickly it counts, all else its last value. */
function Now({ metric }: { metric: Metric }) {
  const { type, series, value, rate, unit } = metric;
  const isCount = type === 'count';
  const shown = isCount ? rate : value;
  // Of several gauges no value is that of all; the chart says which one it shows.
  if (shown === null || (type === 'gauge' && series > 1)) return null;
  const words = isCount ? '/s' : unit === 'bytes' ? '' : unitOf(type, 'last', unit);
  return (
    <span
      class="metric-now"
      tabIndex={0}
      data-help={isCount ? 'metricRate' : 'metricValue'}
      data-say={String(shown)}
    >
      <b>{formatOf(isCount ? 'rate' : 'last', unit)(shown)}</b> {words}
    </span>
  );
}

const MERGED: Record<string, string> = {
  last: 'the mean of the last values of its',
  sum: 'the sum of the last values of its',
  latest: 'the value that came last, of whichever of its',
  min: 'the least value of any of its',
  max: 'the largest value of any of its',
};

/** One number for several senders: which one. */
function Merged({ metric, stat }: { metric: Metric; stat: string }) {
  return (
    <p class="muted">
      {stat}: {MERGED[stat]} {whole(metric.series)} series.{' '}
      {metric.tags.length > 0 ? 'Split by a tag to see each.' : null}
    </p>
  );
}

function Elsewhere({ metric, stat, by }: { metric: Metric; stat: string; by: string }) {
  const where = tagsOf(metric);
  return (
    <>
      <h2>The same elsewhere</h2>
      <dl class="queries">
        {LANGUAGES.map((language) => (
          <div key={language}>
            <dt>{language}</dt>
            <dd>
              <CopyBlock
                text={queryText(language, { metric, stat, by, where })}
                label={`${language} query`}
              />
            </dd>
          </div>
        ))}
      </dl>
    </>
  );
}
