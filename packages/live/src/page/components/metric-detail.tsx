import type { Metric } from '../api/types.ts';
import { MetricChart } from '../charts/metric-chart.tsx';
import { LANGUAGES, queryText } from '../model/copied-query.ts';
import { clock, whole } from '../model/formatting.ts';
import { amend, place } from '../model/location.ts';
import { statInForce, statsFor } from '../model/metric.ts';
import { CopyBlock } from './copy-block.tsx';
import { SelectFilter } from './select-filter.tsx';
import { Wire } from './wire.tsx';

/** One metric: over time, split by a tag, and as a query to take along. */
export function MetricDetail({ metric }: { metric: Metric }) {
  const { query } = place.value;
  const chosenBy = query.get('by') ?? '';
  const by = metric.tags.includes(chosenBy) ? chosenBy : '';
  const stat = statInForce(metric.type, query.get('stat') ?? '', by);
  const stats = statsFor(metric.type).filter((one) => !(by && one === 'percentiles'));
  return (
    <section>
      <h1 class="metric-title">
        <Wire text={metric.name} limit={600} />
      </h1>
      <p class="muted">
        {metric.type},{' '}
        <span tabIndex={0} data-help="metricSeries">
          {whole(metric.series)} series
        </span>
        ,{' '}
        <span tabIndex={0} data-help="customMetrics">
          {whole(metric.customMetrics)} custom metrics
        </span>
        {metric.last === null ? null : (
          <>
            ,{' '}
            <span tabIndex={0} data-help="metricLast">
              last at {clock(metric.last)}
            </span>
          </>
        )}
      </p>
      <div class="choices">
        <fieldset class="segments" aria-label="Statistic">
          {stats.map((one) => (
            <button key={one} type="button" aria-pressed={one === stat} onClick={() => amend({ stat: one })}>
              {one}
            </button>
          ))}
        </fieldset>
        {metric.tags.length > 0 ? (
          <SelectFilter
            label="split by"
            value={by}
            options={metric.tags}
            onChange={(value) => amend({ by: value })}
          />
        ) : null}
      </div>
      <MetricChart metric={metric} stat={stat} by={by} height={260} />
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
    </section>
  );
}
