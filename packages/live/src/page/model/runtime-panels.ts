import type { Metric } from '../api/types.ts';
import { bytes, percent, short } from './formatting.ts';
import { isTiming, unitOf } from './metric.ts';

/** What is known of a runtime metric: one entry describes one panel and its help. */
interface Panel {
  pattern: RegExp;
  title: string;
  help: string;
  unit: string;
  format: (value: number | null | undefined) => string;
}

const share = (value: number | null | undefined) => percent(value);

const PANELS: Panel[] = [
  {
    pattern: /utili[sz]ation|\.elu$/,
    title: 'Event loop utilisation',
    help: 'Part of the time in which the event loop ran code. Near 100 % every request waits for the others.',
    unit: '%',
    format: share,
  },
  {
    pattern: /(event_?loop|loop)\b.*(delay|lag)/,
    title: 'Event loop delay',
    help: 'How much later than due the loop came round: what a timer or a new connection waits.',
    unit: 'ms',
    format: short,
  },
  {
    pattern: /\bgc\b/,
    title: 'Garbage collection',
    help: 'Pauses in which V8 collected garbage and nothing else ran.',
    unit: 'ms',
    format: short,
  },
  {
    pattern: /cpu\.measured/,
    title: 'CPU measured',
    help: 'Share of requests whose CPU is measured: measuring all of them would take more of the event loop than the option cpuCeiling allows. Samples carry the rate, so that means and sums stay right.',
    unit: '%',
    format: share,
  },
  {
    pattern: /cpu\.measuring/,
    title: 'Cost of measuring CPU',
    help: 'Share of the event loop that measuring CPU takes, by estimate. The option cpuCeiling is its limit.',
    unit: '%',
    format: share,
  },
  {
    pattern: /cpu.*outside/,
    title: 'CPU outside requests',
    help: 'CPU of the event loop that belongs to no request and no other unit of work: start-up, timers, background work.',
    unit: 'ms',
    format: short,
  },
  {
    pattern: /cpu/,
    title: 'CPU',
    help: 'CPU time of the process.',
    unit: 'ms',
    format: short,
  },
  {
    pattern: /\brss\b/,
    title: 'Resident memory',
    help: 'Memory that the system gave the process, heap and all else.',
    unit: '',
    format: bytes,
  },
  {
    pattern: /heap|memory|external|array_?buffers/,
    title: 'Heap',
    help: 'Memory of JavaScript objects. A floor that keeps rising after collections is a leak.',
    unit: '',
    format: bytes,
  },
  {
    pattern: /handles|resources/,
    title: 'Active handles',
    help: 'Sockets, timers and other things that are open.',
    unit: '',
    format: short,
  },
];

export interface RuntimeChart {
  metric: Metric;
  title: string;
  unit: string;
  help: string;
  stat: string;
  by: string;
  format: (value: number | null | undefined) => string;
}

export interface RuntimeGroup {
  /** What stands before `nodejs.` in the names: the app. */
  app: string;
  charts: RuntimeChart[];
}

const NAME = /^(?:(.*)\.)?nodejs\.(.+)$/;
/** Tags that split a runtime metric in a way worth seeing. */
const SPLITS = ['kind', 'space', 'type', 'quantile'];

/** The runtime metrics among all, by app, in the order of the list above. */
export function runtimeGroups(metrics: readonly Metric[]): RuntimeGroup[] {
  const groups = new Map<string, (RuntimeChart & { rank: number })[]>();
  for (const metric of metrics) {
    const [, app = '', leaf] = NAME.exec(metric.name) ?? [];
    if (!leaf) continue;
    const rank = PANELS.findIndex((panel) => panel.pattern.test(leaf));
    const charts = groups.get(app) ?? [];
    charts.push({ ...chartOf(metric, leaf, PANELS[rank]), rank: rank < 0 ? PANELS.length : rank });
    groups.set(app, charts);
  }
  return [...groups]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([app, charts]) => ({ app, charts: distinct(charts.sort((a, b) => a.rank - b.rank)) }));
}

/** Panels with one title, such as used and total heap, say which is which: by what their names do not share. */
function distinct(charts: readonly RuntimeChart[]): RuntimeChart[] {
  return charts.map((chart) => {
    const same = charts.filter((other) => other.title === chart.title).map(partsOf);
    if (same.length < 2) return chart;
    const own = partsOf(chart);
    const differs = own.findIndex((part, at) => same.some((other) => other[at] !== part));
    return { ...chart, title: `${chart.title}: ${own.slice(differs).join(' ').replaceAll('_', ' ')}` };
  });
}

function partsOf(chart: RuntimeChart): string[] {
  return (NAME.exec(chart.metric.name)?.[2] ?? '').split('.');
}

function chartOf(metric: Metric, leaf: string, panel: Panel | undefined): RuntimeChart {
  const by = SPLITS.find((key) => metric.tags.includes(key)) ?? '';
  const stat = isTiming(metric.type)
    ? by
      ? 'p95'
      : 'percentiles'
    : metric.type === 'count'
      ? 'rate'
      : 'last';
  const perSecond = stat === 'rate';
  const unit = panel ? `${panel.unit}${perSecond ? ' per second' : ''}` : unitOf(metric.type, stat);
  return {
    metric,
    title: panel?.title ?? leaf,
    unit: stat === 'p95' ? `${unit}, p95 by ${by}` : unit,
    help: `${panel ? `${panel.help}\n` : ''}${metric.name} (${metric.type})`,
    stat,
    by,
    format: panel?.format ?? short,
  };
}
