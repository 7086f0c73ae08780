import { counterNames, distributionNames, membersName } from '../../prometheus/series-names.ts';
import type { MetricInfo, MetricType } from '../store.ts';
import { chunks } from './chunks.ts';
import type { Engine, EngineSeries } from './engine.ts';
import { grouped, type Matcher, selector } from './expressions.ts';

export type Histograms = 'vmrange' | 'native' | 'classic';

/** A metric as it was sent, and where the engine has it. */
export interface StoredMetric extends MetricInfo {
  /** In the engine's alphabet, without `_count` and the like. */
  stored: string;
  /** Ways that its hosts write distributions. */
  histograms: ReadonlySet<Histograms>;
}

const TYPES: readonly MetricType[] = ['count', 'gauge', 'timing', 'histogram', 'distribution', 'set'];
const HISTOGRAMS: readonly Histograms[] = ['vmrange', 'native', 'classic'];
const INFO = 'routemeter_metric_info';
const LABELS = 'routemeter_label_info';
/** What stands beside the series that counts a metric's samples. */
const BESIDE = '.+_(bucket|sum|sum_decrease|decrease_total|min|max)|routemeter_(metric|label)_info';
const SHAPE = 'routemeter_series';
const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
/** An expression of so many characters is taken by every engine. */
const MAX_NAMES_TEXT = 6000;

/** The series that exists once for each series that was sent. */
function mainSeries(stored: string, type: MetricType): string {
  if (type === 'count') return counterNames(stored).up;
  if (type === 'gauge') return stored;
  return type === 'set' ? membersName(stored) : distributionNames(stored).count;
}

/** What there is: the metrics' own names, types and tag keys, as the writers say them beside their samples. */
export async function readCatalogue(
  engine: Engine,
  { at, windowMs, matchers }: { at: number; windowMs: number; matchers: readonly Matcher[] },
): Promise<StoredMetric[]> {
  const latest = (name: string, more: readonly Matcher[] = []) =>
    `last_over_time(${selector(name, [...matchers, ...more])}[${windowMs}ms])`;
  const shapesOf = (op: '=~' | '!~', names: string) =>
    engine.instant(
      `count without (__name__, host, instance) (label_replace(${latest('', [{ label: '__name__', op, value: names }])}, "${SHAPE}", "$1", "__name__", "(.+)"))`,
      at,
    );
  const [infos, labels] = await Promise.all([
    engine.instant(grouped('max', ['metric', 'name', 'type', 'histograms'], latest(INFO)), at),
    engine.instant(grouped('max', ['label', 'key'], latest(LABELS)), at),
  ]);
  const metrics = metricsOf(infos);
  const most = await shapesOf('!~', [BESIDE, ...nativeOnly(metrics)].join('|'));
  // A gauge can be named as what stands beside a distribution: such as a delay's own maximum.
  const odd = metrics.flatMap(({ stored, type }) =>
    type === 'gauge' && /_(?:bucket|sum|min|max)$/.test(stored) ? [stored] : [],
  );
  const rest = await Promise.all(
    chunks(odd, (name) => name.length + 1, MAX_NAMES_TEXT).map((names) => shapesOf('=~', names.join('|'))),
  );
  return withShapes(metrics, [...most, ...rest.flat()], keysOf(labels));
}

/**
 * Series that are native histograms and nothing else: their counts stand beside them, and an engine would read every
 * bucket of every histogram of the window. So many as an expression has room for.
 */
function nativeOnly(metrics: readonly StoredMetric[]): string[] {
  const counting = new Set(metrics.map(({ stored, type }) => mainSeries(stored, type)));
  const names = new Set(
    metrics.flatMap(({ stored, histograms }) =>
      histograms.has('native') && !counting.has(stored) ? [stored] : [],
    ),
  );
  return chunks([...names], (name) => name.length + 1, MAX_NAMES_TEXT)[0] ?? [];
}

function metricsOf(infos: readonly EngineSeries[]): StoredMetric[] {
  const found = new Map<string, StoredMetric & { histograms: Set<Histograms> }>();
  for (const { metric: labels } of infos) {
    const { metric, name, type, histograms } = labels;
    const kind = type as MetricType;
    if (metric === undefined || name === undefined || !NAME.test(name) || !TYPES.includes(kind)) continue;
    const id = `${type} ${name}`;
    let one = found.get(id);
    if (one === undefined) {
      one = {
        name: metric,
        stored: name,
        type: kind,
        tagKeys: [],
        series: 0,
        last: null,
        value: null,
        rate: null,
        histograms: new Set(),
      };
      found.set(id, one);
    }
    if (HISTOGRAMS.includes(histograms as Histograms)) one.histograms.add(histograms as Histograms);
  }
  return [...found.values()];
}

/** The keys of tags as they were sent, by label, where the two differ. */
function keysOf(labels: readonly EngineSeries[]): Map<string, string> {
  const keys = new Map<string, string>();
  for (const { metric } of labels) {
    if (metric.label !== undefined && metric.key !== undefined && !keys.has(metric.label)) {
      keys.set(metric.label, metric.key);
    }
  }
  return keys;
}

const NOT_TAGS = new Set(['job', 'instance', 'le', 'vmrange', SHAPE]);

function withShapes(
  metrics: StoredMetric[],
  shapes: readonly EngineSeries[],
  keys: ReadonlyMap<string, string>,
): StoredMetric[] {
  const bySeries = new Map<string, { metrics: StoredMetric[]; labels: Set<string> }>();
  for (const metric of metrics) {
    const series = mainSeries(metric.stored, metric.type);
    const known = bySeries.get(series);
    if (known === undefined) bySeries.set(series, { metrics: [metric], labels: new Set(['host']) });
    else known.metrics.push(metric);
  }
  for (const { metric: labels, value } of shapes) {
    const shape = bySeries.get(labels[SHAPE] ?? '');
    if (shape === undefined) continue;
    for (const label of Object.keys(labels)) if (!NOT_TAGS.has(label)) shape.labels.add(label);
    for (const metric of shape.metrics) metric.series += Number(value?.[1] ?? 0);
  }
  for (const { metrics, labels } of bySeries.values()) {
    const tagKeys = [...labels].map((label) => keys.get(label) ?? label).sort();
    for (const metric of metrics) metric.tagKeys = tagKeys;
  }
  // Without a series in the window it is only a name that was used before.
  return metrics.filter((metric) => metric.series > 0);
}
