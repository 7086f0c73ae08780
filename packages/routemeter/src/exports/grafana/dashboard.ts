import { type Applied, type Part, partsOf } from '../../budgets/index.ts';

/** A panel before it has its place. */
export interface Panel {
  title: string;
  /** Grafana's: `ms`, `reqps`, `ops`, `percentunit`. */
  unit: string;
  /** In the query language of the data source. */
  queries: { query: string; legend: string }[];
  limits: readonly Applied[];
}

/** How a data source's queries stand in a panel. */
export interface DataSource {
  type: 'prometheus' | 'graphite';
  target(query: string, legend: string, ref: string): object;
}

const WIDTH = 12;
const HEIGHT = 8;

/** A dashboard to import; the data source is chosen in Grafana. */
export function dashboard(source: DataSource, title: string, panels: readonly Panel[]): object {
  return {
    title: `${title} (${source.type === 'prometheus' ? 'Prometheus' : 'Graphite'})`,
    uid: `routemeter-${source.type}`,
    tags: ['routemeter'],
    schemaVersion: 39,
    editable: true,
    time: { from: 'now-1h', to: 'now' },
    refresh: '10s',
    templating: {
      list: [{ name: 'datasource', label: 'Data source', type: 'datasource', query: source.type }],
    },
    panels: panels.map((panel, i) => place(source, panel, i)),
  };
}

function place(source: DataSource, panel: Panel, i: number): object {
  return {
    id: i + 1,
    type: 'timeseries',
    title: panel.title,
    datasource: { type: source.type, uid: '$datasource' },
    gridPos: { x: (i % 2) * WIDTH, y: Math.floor(i / 2) * HEIGHT, w: WIDTH, h: HEIGHT },
    targets: panel.queries.map(({ query, legend }, n) =>
      source.target(query, legend, String.fromCharCode(65 + n)),
    ),
    fieldConfig: {
      defaults: {
        unit: panel.unit,
        min: 0,
        custom: {
          // A gap is a gap.
          spanNulls: false,
          thresholdsStyle: { mode: panel.limits.length > 0 ? 'dashed' : 'off' },
        },
        thresholds: { mode: 'absolute', steps: steps(panel.limits) },
      },
      overrides: [],
    },
    options: { legend: { displayMode: 'table', placement: 'bottom', calcs: ['lastNotNull', 'max'] } },
  };
}

function steps(limits: readonly Applied[]): object[] {
  const sorted = [...limits].sort((a, b) => a.max - b.max);
  return [
    { color: 'green', value: null },
    ...sorted.map(({ max, rule }) => ({
      color: rule.severity === 'critical' ? 'red' : 'orange',
      value: max,
    })),
  ];
}

export function limitsOf(items: readonly { limit: Applied }[], part: Part): Applied[] {
  return items.map(({ limit }) => limit).filter(({ measure }) => partsOf(measure).part === part);
}
