import { useRef } from 'preact/hooks';
import { query } from '../api/client.ts';
import type { Metric } from '../api/types.ts';
import { useLoad } from '../model/load.ts';
import { chosenTags, filtersOf, narrow, type TagChoice, widen } from '../model/metric-filter.ts';
import { range } from '../model/zoom.ts';
import { SelectFilter } from './select-filter.tsx';

const EVERY_MS = 10_000;
const WIDEST = 24;

/** Any tags of the metric: each by one of its values, and room for one more. */
export function MetricFilters({ metric }: { metric: Metric }) {
  const box = useRef<HTMLSpanElement>(null);
  const chosen = chosenTags.value.filter(({ key }) => metric.tags.includes(key));
  const left = metric.tags.filter((key) => !key.includes(':') && !chosen.some((one) => one.key === key));
  const clear = (key: string) => {
    // The button goes away: whoever used the keyboard stays where the filters are.
    box.current?.querySelector('select')?.focus();
    widen(key);
  };
  return (
    <span class="tag-filter" ref={box}>
      {chosen.map((one) => (
        <OneTag key={one.key} metric={metric} chosen={one} onClear={() => clear(one.key)} />
      ))}
      {left.length > 0 ? (
        <SelectFilter label="filter by" value="" options={left} onChange={(key) => narrow(key, '')} />
      ) : null}
    </span>
  );
}

interface TagProps {
  metric: Metric;
  chosen: TagChoice;
  onClear(): void;
}

function OneTag({ metric, chosen: { key, value }, onClear }: TagProps) {
  const { [`tag:${key}`]: _, ...others } = filtersOf(metric);
  const { window, step: __, ...until } = range.value;
  const parameters = { name: metric.name, type: metric.type, stat: 'count', by: key, ...others };
  const question = { ...parameters, ...until, window, step: Math.min(window, 86_400) };
  const { data } = useLoad(JSON.stringify(question), (signal) => query(question, signal), EVERY_MS);
  const values = [...new Set(data?.series.map(({ tags }) => tags[key] ?? '') ?? [])].filter(Boolean).sort();
  const name = key.length > WIDEST ? `${key.slice(0, WIDEST)}…` : key;
  return (
    <span class="one-tag">
      <SelectFilter
        label={value ? name : `any ${name}`}
        value={value}
        options={values.map((one) => [one, value === one ? `${key}: ${one}` : one])}
        onChange={(next) => (next ? narrow(key, next) : onClear())}
      />
      <button
        type="button"
        class="icon"
        aria-label={`No filter by ${name}`}
        data-say="Without this filter"
        onClick={onClear}
      >
        <svg viewBox="0 0 16 16" aria-hidden="true">
          <path d="M4.4 3.3 8 6.9l3.6-3.6 1.1 1.1L9.1 8l3.6 3.6-1.1 1.1L8 9.1l-3.6 3.6-1.1-1.1L6.9 8 3.3 4.4z" />
        </svg>
      </button>
    </span>
  );
}
