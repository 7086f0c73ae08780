import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { loadBudgets, nearest } from '../budgets/index.ts';
import {
  datadogFiles,
  type Files,
  GRAPHITE_NAMES,
  grafanaFiles,
  knownRoutes,
  type Plan,
  planOf,
  prometheusFiles,
  SOURCES,
} from '../exports/index.ts';
import { UsageError } from './usage.ts';

const HELP = `routemeter export <datadog|prometheus|grafana> [options]

Makes monitors, alerts and dashboards from a budgets file.

  datadog      monitors.json, dashboard.json (for the API) and main.tf (Terraform)
  prometheus   routemeter.rules.yml: recording rules and alerts; for statsd_exporter its mapping too
  grafana      grafana-prometheus.json and grafana-graphite.json

  --budgets <file>         default: routemeter.budgets.{ts,json,yaml} in this folder
  --routes <url|file>      the routes that there are: a running routemeter-live, or its /api/routes as a file;
                           globs need it, and routes without a budget are then drawn too
  --prefix <name>          prefix of the metrics, where the routes do not tell it
  --source <name>          who makes Prometheus metrics: ${SOURCES.join(', ')}; default ${SOURCES[0]}
  --graphite-names <name>  ${GRAPHITE_NAMES[0]} for server: 'graphite', ${GRAPHITE_NAMES[1]} for server: 'statsd'; default ${GRAPHITE_NAMES[0]}
  --out <folder>           default: the current folder

The same input gives the same files, byte by byte.
`;

const OPTIONS = {
  budgets: { type: 'string' },
  routes: { type: 'string' },
  prefix: { type: 'string', default: '' },
  source: { type: 'string', default: SOURCES[0] },
  'graphite-names': { type: 'string', default: GRAPHITE_NAMES[0] },
  out: { type: 'string', default: '.' },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

type Values = { source: (typeof SOURCES)[number]; names: (typeof GRAPHITE_NAMES)[number] };
type Maker = (plan: Plan, values: Values) => Promise<Files> | Files;

const MAKERS: Record<string, Maker> = {
  datadog: (plan) => datadogFiles(plan),
  prometheus: async (plan, { source }) => {
    const { writeYaml } = await import('../budgets/yaml.ts');
    return prometheusFiles(plan, source, writeYaml);
  },
  grafana: (plan, { source, names }) => grafanaFiles(plan, source, names),
};

/**
 * `routemeter export`: writes the files and prints their names.
 *
 * @throws UsageError, or BudgetsError for budgets that make no sense.
 */
export async function exportCommand(argv: readonly string[], print: (text: string) => void): Promise<number> {
  const { values, positionals } = read(argv);
  if (values.help) {
    print(HELP);
    return 0;
  }
  const [kind = '', ...more] = positionals;
  const make = Object.hasOwn(MAKERS, kind) ? MAKERS[kind] : undefined;
  if (make === undefined || more.length > 0) {
    const kinds = Object.keys(MAKERS).join(', ');
    if (positionals.length === 0) throw new UsageError(`export: say what to make, one of ${kinds}`);
    const meant = nearest(kind, Object.keys(MAKERS));
    const remedy = meant === undefined ? `give one of ${kinds}` : `did you mean "${meant}"?`;
    throw new UsageError(`export: "${positionals.join(' ')}" cannot be made; ${remedy}`);
  }
  const source = oneOf('source', values.source, SOURCES);
  const names = oneOf('graphite-names', values['graphite-names'], GRAPHITE_NAMES);
  const budgets = await loadBudgets(values.budgets);
  const known = values.routes === undefined ? undefined : await knownRoutes(values.routes);
  const files = await make(planOf(budgets, known, values.prefix.replace(/\.$/, '')), { source, names });
  mkdirSync(values.out, { recursive: true });
  for (const [name, text] of Object.entries(files)) {
    const path = join(values.out, name);
    writeFileSync(path, text);
    print(`${path}\n`);
  }
  return 0;
}

function read(argv: readonly string[]) {
  try {
    return parseArgs({ args: [...argv], options: OPTIONS, allowPositionals: true });
  } catch (error) {
    throw new UsageError(`export: ${(error as Error).message.split('.')[0]}; see routemeter export --help`);
  }
}

function oneOf<T extends string>(name: string, value: string, allowed: readonly T[]): T {
  const found = allowed.find((one) => one === value);
  if (found !== undefined) return found;
  throw new UsageError(`export: --${name} ${value} is unknown; give one of ${allowed.join(', ')}`);
}
