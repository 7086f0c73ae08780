import { FAILURES, partsOf, type TimesPart } from '../../budgets/index.ts';
import type { Item, Plan, PlannedRoute } from '../plan.ts';
import { dashboardTitle, isWork, remoteMetric, titleWords, unitLabels } from '../unit.ts';
import { limitText, meanWords, partMetric, partsDrawn } from '../words.ts';
import { meanQuery } from './monitors.ts';
import { metricName, scope } from './names.ts';

interface Line {
  query: string;
  alias?: string;
}

interface Marker {
  value: string;
  display_type: string;
  label: string;
}

/** As the API takes it (`POST /api/v1/dashboard`): all routes first, then each with its limits. */
export function dashboardOf(plan: Plan): object {
  return {
    title: dashboardTitle(plan.metrics),
    description: 'Made by `routemeter export datadog` from the budgets of this service.',
    layout_type: 'ordered',
    widgets: [
      ...plan.metrics.flatMap((metric) => overview(metric, plan.remote.includes(metric))),
      ...plan.routes.filter((route) => route.items.length > 0).flatMap(routeWidgets),
    ],
  };
}

/** All routes, or other units of a metric. */
function overview(units: string, isRemote: boolean): object[] {
  const metric = metricName(units);
  const by = `by {${unitLabels(units).join(',')}}`;
  const { counted, line } = titleWords(units);
  const failed = isWork(units)
    ? FAILURES.map((outcome) => ({ tag: `outcome:${outcome}`, alias: outcome }))
    : [{ tag: 'http_status_code:5*' }];
  return [
    widget(`${counted} per second (${metric})`, [{ query: `count:${metric}{*} ${by}.as_rate()` }], []),
    widget(`p95 by ${line}, ms (${metric})`, [{ query: `p95:${metric}{*} ${by}` }], []),
    widget(`CPU p95 by ${line}, ms (${metric})`, [{ query: `p95:${metric}.cpu{*} ${by}` }], []),
    ...(isRemote
      ? [
          widget(
            `CPU in threads of pools, ms per second (${metric})`,
            [{ query: `sum:${metricName(remoteMetric(units))}{*} ${by}.as_rate()` }],
            [],
          ),
        ]
      : []),
    widget(
      `Errors per second (${metric})`,
      failed.map(({ tag, ...alias }) => ({ query: `count:${metric}{${tag}} ${by}.as_rate()`, ...alias })),
      [],
    ),
  ];
}

function routeWidgets(route: PlannedRoute): object[] {
  const quantiles = (part: TimesPart) => {
    const metric = metricName(partMetric(route.metric, part));
    const lines = (['p50', 'p95', 'p99'] as const).map((quantile) => ({
      query: `${quantile}:${metric}{${scope(route)}}`,
      alias: quantile,
    }));
    const limits = route.items.filter(({ limit }) => partsOf(limit.measure).part === part).map(markerOf);
    return widget(`${route.method} ${route.route}: ${part}, ms`, lines, limits);
  };
  const means = (['calls', 'wait'] as const).flatMap((part) => {
    const items = route.items.filter(
      ({ limit, subject }) => limit.measure === part && subject.upstream === undefined,
    );
    if (items.length === 0) return [];
    const { metric, method, route: template } = route;
    const title = `${method} ${template}: ${meanWords(part, method)}${part === 'wait' ? ', ms' : ''}`;
    const query = meanQuery({ request: metric, metric, subject: { method, route: template } }, part);
    return [widget(title, [{ query }], items.map(markerOf))];
  });
  return [...partsDrawn(route.items).map(quantiles), ...means];
}

function markerOf(item: Item): Marker {
  const { limit } = item;
  return {
    value: `y = ${limit.max}`,
    display_type: limit.rule.severity === 'critical' ? 'error dashed' : 'warning dashed',
    label: `${limit.measure}: ${limitText(item)}`,
  };
}

function widget(title: string, lines: readonly Line[], markers: readonly Marker[]): object {
  return {
    definition: {
      type: 'timeseries',
      title,
      show_legend: true,
      requests: [
        {
          response_format: 'timeseries',
          display_type: 'line',
          queries: lines.map(({ query }, i) => ({ data_source: 'metrics', name: `query${i + 1}`, query })),
          formulas: lines.map(({ alias }, i) => ({
            formula: `query${i + 1}`,
            ...(alias === undefined ? {} : { alias }),
          })),
        },
      ],
      ...(markers.length === 0 ? {} : { markers }),
    },
  };
}
