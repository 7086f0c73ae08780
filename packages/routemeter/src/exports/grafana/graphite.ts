import type { TimesPart } from '../../budgets/index.ts';
import { Graphite, PlainNaming } from '../../outputs/index.ts';
import type { Tag } from '../../series/index.ts';
import type { Plan, PlannedRoute } from '../plan.ts';
import { REQUEST } from '../request.ts';
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
  const target = names === 'tagged' ? tagged : plainNames(plan.routes);
  const overview = plan.metrics.flatMap((metric): Panel[] => [
    one(`Requests per second (${metric})`, 'reqps', target.all(metric, 'count_ps'), ''),
    one(`p95 by route (${metric})`, 'ms', target.all(metric, STATS.p95), ''),
    one(`CPU p95 by route (${metric})`, 'ms', target.all(`${metric}.cpu`, STATS.p95), ''),
  ]);
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
  return dashboard(SOURCE, [...overview, ...limited.flatMap(ofRoute)]);
}

function one(title: string, unit: string, query: string, legend: string): Panel {
  return { title, unit, queries: [{ query, legend }], limits: [] };
}

interface Names {
  /** Every route, each a line. */
  all(metric: string, stat: string): string;
  /** One route, all statuses together: the highest of them, since Graphite cannot join percentiles. */
  of(route: PlannedRoute, part: TimesPart, stat: string): string;
}

const tagged: Names = {
  all: (metric, stat) => `aliasByTags(${byTags(metric, stat, [])}, 'http_method', 'http_route')`,
  of: (route, part, stat) =>
    `maxSeries(${byTags(partMetric(route.metric, part), stat, [
      `http_route=${tagText(route.route)}`,
      `http_method=${tagText(route.method)}`,
    ])})`,
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
function plainNames(routes: readonly PlannedRoute[]): Names {
  const path = (route: PlannedRoute, part: TimesPart, stat: string) =>
    `${TIMERS}.${plainName(route, part)}.${stat}`;
  return {
    all: (metric, stat) => {
      const isCpu = metric.endsWith('.cpu');
      const request = isCpu ? metric.slice(0, -'.cpu'.length) : metric;
      const own = routes.filter((route) => route.metric === request);
      const name = ({ method, route }: PlannedRoute) => `${method} ${route}`.replaceAll("'", ' ');
      const lines = own.map(
        (route) => `alias(maxSeries(${path(route, isCpu ? 'cpu' : 'wall', stat)}), '${name(route)}')`,
      );
      return lines.length === 0
        ? `${TIMERS}.${request}.${isCpu ? 'cpu' : 'wall'}.${stat}`
        : `group(${lines.join(', ')})`;
    },
    of: (route, part, stat) => `maxSeries(${path(route, part, stat)})`,
  };
}

/** The name that the library gives a route where there are no tags; its statuses are a star. */
function plainName({ metric, route, method }: PlannedRoute, part: TimesPart): string {
  const tags: Tag[] = [
    { key: 'http_route', value: route, origin: 'request' },
    { key: 'http_method', value: method, origin: 'request' },
  ];
  // A status that no server sends, to be found again.
  if (part === 'wall') tags.push({ key: 'http_status_code', value: '000', origin: 'request' });
  const naming = new PlainNaming(metric.slice(0, -REQUEST.length));
  const [own] = naming.render({
    metric: partMetric(REQUEST, part),
    type: 'timing',
    tags,
    rate: 1,
    own: true,
    breakdown: false,
    delay: part === 'queued' || part === 'client',
  });
  return own!.name.replace(/\.000\.wall$/, '.*.wall');
}
