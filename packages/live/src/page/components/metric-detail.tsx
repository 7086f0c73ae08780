import type { Metric } from '../api/types.ts';
import { MetricChart } from '../charts/metric-chart.tsx';
import { MetricHeat } from '../charts/metric-heat.tsx';
import { LANGUAGES, queryText } from '../model/copied-query.ts';
import { clock, whole } from '../model/formatting.ts';
import { amend, place } from '../model/location.ts';
import { formatOf, offeredFor, statInForce, unitOf } from '../model/metric.ts';
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
  const { type, series, customMetrics, lastSeen, value, unit } = metric;
  // Of several gauges no value is that of all; the chart says which one it shows.
  const isSeveral = type === 'gauge' && series > 1;
  return (
    <p class="muted metric-about">
      {isSeveral || value === null ? null : (
        <span class="metric-now" tabIndex={0} data-help="metricValue" data-say={String(value)}>
          <b>{formatOf('last', unit)(value)}</b> {unit === 'bytes' ? '' : unitOf(type, 'last', unit)}
        </span>
      )}
      <span>
        {type},{' '}
        <span tabIndex={0} data-help="metricSeries">
          {whole(series)} series
        </span>
        ,{' '}
        <span tabIndex={0} data-help="customMetrics">
          {whole(customMetrics)} custom metrics
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
  return (
    <>
      <h2>The same elsewhere</h2>
      <dl class="queries">
        {LANGUAGES.map((language) => (
          <div key={language}>
            <dt>{language}</dt>
            <dd>
              <CopyBlock text={queryText(language, { metric, stat, by })} label={`${language} query`} />
            </dd>
          </div>
        ))}
      </dl>
    </>
  );
}
