import { type TimesPart, unitMetric, unitTags } from '../../budgets/index.ts';
import { Graphite, PlainNaming } from '../../outputs/index.ts';
import type { Tag } from '../../series/index.ts';
import type { Plan, PlannedRoute } from '../plan.ts';
import { dashboardTitle, isWork, titleWords, unitLabels } from '../unit.ts';
import { PART_WORDS, partMetric, partsDrawn } from '../words.ts';
import { type DataSource, dashboard, limitsOf, type Panel } from './dashboard.ts';

/** How the names stand in Graphite: tags of its own (`server: 'graphite'`), or in the path (`server: 'statsd'`). */
export const GRAPHITE_NAMES = ['tagged', 'plain'] as const;
export type GraphiteNames = (typeof GRAPHITE_NAMES)[number];

const SOURCE: DataSource = {
  type: 'graphite',
  target: (query, _legend, refId) => ({
    refId,
    datasource: { type: 'graphite', uid: '$datasource' },
    target: query,
  }),
};

/** Where Etsy's StatsD puts timers, unless it is configured otherwise. */
const TIMERS = 'stats.timers';

/** p50 is the timer's `median`; p95 and p99 need `percentThreshold: [95, 99]` in the configuration of StatsD. */
const STATS = { p50: 'median', p95: 'upper_95', p99: 'upper_99' } as const;

export function graphiteDashboard(plan: Plan, names: GraphiteNames): object {
  const target = names === 'tagged' ? tagged : plainPaths(plan.routes);
  const overview = plan.metrics.flatMap((metric): Panel[] => {
    const { counted, line, perSecond } = titleWords(metric);
    return [
      one(`${counted} per second (${metric})`, perSecond, target.all(metric, '', 'count_ps'), ''),
      one(`p95 by ${line} (${metric})`, 'ms', target.all(metric, '', STATS.p95), ''),
      one(`CPU p95 by ${line} (${metric})`, 'ms', target.all(metric, '.cpu', STATS.p95), ''),
    ];
  });
  const ofRoute = (route: PlannedRoute): Panel[] =>
    partsDrawn(route.items, ['cpu']).map((part) => ({
      title: `${route.method} ${route.route}: ${PART_WORDS[part]}`,
      unit: 'ms',
      queries: Object.entries(STATS).map(([name, stat]) => ({
        query: `alias(${target.of(route, part, stat)}, '${name}')`,
        legend: name,
      })),
      limits: limitsOf(
        route.items.filter(({ subject }) => subject.block === undefined),
        part,
      ),
    }));
  const limited = plan.routes.filter((route) => route.items.length > 0);
  return dashboard(SOURCE, dashboardTitle(plan.metrics), [...overview, ...limited.flatMap(ofRoute)]);
}

function one(title: string, unit: string, query: string, legend: string): Panel {
  return { title, unit, queries: [{ query, legend }], limits: [] };
}

interface Names {
  /** Every route or other unit of a metric, each a line; `leaf` is that of its wall time or CPU. */
  all(metric: string, leaf: '' | '.cpu', stat: string): string;
  /** One route, all statuses or outcomes together: the highest of them, since Graphite cannot join percentiles. */
  of(route: PlannedRoute, part: TimesPart, stat: string): string;
}

const tagged: Names = {
  all: (metric, leaf, stat) => {
    const [name, kind] = unitLabels(metric);
    return `aliasByTags(${byTags(metric + leaf, stat, [])}, '${kind}', '${name}')`;
  },
  of: (route, part, stat) => {
    const tags = Object.entries(unitTags(route)).map(([key, value]) => `${key}=${tagText(value)}`);
    return `maxSeries(${byTags(partMetric(route.metric, part), stat, tags)})`;
  },
};

function byTags(metric: string, stat: string, tags: readonly string[]): string {
  const all = [`name=${TIMERS}.${metric}.${stat}`, ...tags];
  return `seriesByTag(${all.map((one) => `'${one}'`).join(', ')})`;
}

/** A tag's value as the library writes it for Graphite. */
function tagText(value: string): string {
  const { head } = new Graphite().frame('m', [{ key: 'k', value, origin: 'request' }], 'timing', 1);
  return head.toString().slice('m;k='.length, -':'.length);
}

/** Without tags a route is a path of its own; percentiles of all routes are the list of them. */
function plainPaths(routes: readonly PlannedRoute[]): Names {
  const highest = (route: PlannedRoute, part: TimesPart, stat: string) =>
    `maxSeries(${plainNames(route, part)
      .map((name) => `${TIMERS}.${name}.${stat}`)
      .join(', ')})`;
  return {
    all: (metric, leaf, stat) => {
      const part = leaf === '' ? 'wall' : 'cpu';
      const own = routes.filter((route) => route.metric === metric);
      const name = ({ method, route }: PlannedRoute) => `${method} ${route}`.replaceAll("'", ' ');
      const lines = own.map((route) => `alias(${highest(route, part, stat)}, '${name(route)}')`);
      return lines.length === 0 ? `${TIMERS}.${metric}.${part}.${stat}` : `group(${lines.join(', ')})`;
    },
    of: highest,
  };
}

/** What stands in the place of a value that is not known here, to be found again. */
const ANY = '000';
/** The tag of a unit's system, which not all of its kind have. */
const SYSTEMS: Readonly<Record<string, string>> = {
  'messaging.process': 'messaging_system',
  'rpc.server.call': 'rpc_system',
};

/** The names that the library gives a route or another unit where there are no tags; stars are what is not known here. */
function plainNames(route: PlannedRoute, part: TimesPart): string[] {
  const { name = route.metric } = unitMetric(route.metric) ?? {};
  const system = SYSTEMS[name];
  const own = plainName(route, part, []);
  return system === undefined ? [own] : [own, plainName(route, part, [system])];
}

function plainName(
  { metric, route, method }: PlannedRoute,
  part: TimesPart,
  more: readonly string[],
): string {
  // A status, or an outcome.
  const unknown = part === 'wall' ? [isWork(metric) ? 'outcome' : 'http_status_code', ...more] : more;
  const tags = [...Object.entries(unitTags({ route, method })), ...unknown.map((key) => [key, ANY] as const)];
  const { prefix = '', name = metric } = unitMetric(metric) ?? {};
  const [own] = new PlainNaming(prefix).render({
    metric: partMetric(name, part),
    type: 'timing',
    tags: tags.map(([key, value]): Tag => ({ key, value, origin: 'request' })),
    rate: 1,
    own: true,
    breakdown: false,
    delay: !isWork(metric) && (part === 'queued' || part === 'client'),
  });
  // They stand behind all that is known.
  const words = own!.name.split('.');
  for (let left = unknown.length, at = words.length - 1; left > 0 && at >= 0; at--) {
    if (words[at] !== ANY) continue;
    words[at] = '*';
    left--;
  }
  return words.join('.');
}
