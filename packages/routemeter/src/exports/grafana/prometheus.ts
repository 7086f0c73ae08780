import { QUANTILE } from '../../budgets/index.ts';
import type { Plan, PlannedRoute } from '../plan.ts';
import { errorShare, labelsOf, mean, quantile, rate, remoteCpu } from '../prometheus/expressions.ts';
import { FLAVOURS, type Source } from '../prometheus/names.ts';
import { dashboardTitle, titleWords, unitLabels } from '../unit.ts';
import { meanWords, PART_WORDS, partMetric, partsDrawn } from '../words.ts';
import { type DataSource, dashboard, limitsOf, type Panel } from './dashboard.ts';

const RANGE = '$__rate_interval';

const SOURCE: DataSource = {
  type: 'prometheus',
  target: (query, legend, refId) => ({
    refId,
    datasource: { type: 'prometheus', uid: '$datasource' },
    expr: query,
    legendFormat: legend,
  }),
};

/** All routes first, then each that has limits, with its blocks. */
export function prometheusDashboard(plan: Plan, source: Source): object {
  const flavour = FLAVOURS[source];
  const overview = plan.metrics.flatMap((metric): Panel[] => {
    const by = labelsOf(metric);
    const { counted, line, perSecond } = titleWords(metric);
    const legend = unitLabels(metric)
      .reverse()
      .map((label) => `{{${label}}}`)
      .join(' ');
    return [
      panel(`${counted} per second (${metric})`, perSecond, rate(metric, RANGE, by), legend),
      panel(`p95 by ${line} (${metric})`, 'ms', quantile(metric, 0.95, RANGE, by, flavour), legend),
      panel(
        `CPU p95 by ${line} (${metric})`,
        'ms',
        quantile(`${metric}.cpu`, 0.95, RANGE, by, flavour),
        legend,
      ),
      ...(plan.remote.includes(metric)
        ? [
            panel(
              `CPU in threads of pools, share of a core (${metric})`,
              'percentunit',
              remoteCpu(metric, RANGE, by, flavour),
              legend,
            ),
          ]
        : []),
      panel(`Errors (${metric})`, 'percentunit', errorShare(metric, RANGE, by), legend),
    ];
  });
  const quantiles = (title: string, metric: string, by: string, where: object) => ({
    title,
    unit: 'ms',
    queries: Object.entries(QUANTILE).map(([name, q]) => ({
      query: quantile(metric, q, RANGE, by, flavour, where),
      legend: name,
    })),
  });
  /** Only where they have a limit: an application sends them by an option. */
  const means = (route: PlannedRoute, name: string, where: object): Panel[] =>
    (['calls', 'wait'] as const).flatMap((part) => {
      const items = route.items.filter(({ subject }) => subject.upstream === undefined);
      const limits = limitsOf(items, part);
      if (limits.length === 0) return [];
      const query = mean(part, route.metric, RANGE, '', flavour, where);
      const title = `${name}: ${meanWords(part, route.method)}`;
      return [{ ...panel(title, part === 'calls' ? 'short' : 'ms', query, part), limits }];
    });
  const ofRoute = (route: PlannedRoute): Panel[] => {
    const name = `${route.method} ${route.route}`;
    const where = { method: route.method, route: route.route };
    return [
      ...partsDrawn(route.items, ['cpu']).map((part) => ({
        ...quantiles(`${name}: ${PART_WORDS[part]}`, partMetric(route.metric, part), '', where),
        limits: limitsOf(route.items, part),
      })),
      {
        ...panel(`${name}: errors`, 'percentunit', errorShare(route.metric, RANGE, '', where), 'errors'),
        limits: limitsOf(
          route.items.filter(({ subject }) => subject.upstream === undefined),
          'errors',
        ),
      },
      ...means(route, name, where),
    ];
  };
  const blocks = [...new Set(plan.items.filter(({ subject }) => subject.block !== undefined))];
  const byMetric = new Map(blocks.map((item) => [JSON.stringify([item.metric, item.subject]), item]));
  const ofBlocks = [...byMetric.values()].map(({ metric, subject }): Panel => {
    const items = blocks.filter(
      (one) =>
        one.metric === metric && one.subject.route === subject.route && one.subject.method === subject.method,
    );
    const name = [subject.route && `${subject.method} ${subject.route}`, subject.block]
      .filter(Boolean)
      .join(' > ');
    return { ...quantiles(`${name}: wall time`, metric, '', subject), limits: limitsOf(items, 'wall') };
  });
  const limited = plan.routes.filter((route) => route.items.length > 0);
  return dashboard(SOURCE, dashboardTitle(plan.metrics), [
    ...overview,
    ...limited.flatMap(ofRoute),
    ...ofBlocks,
  ]);
}

function panel(title: string, unit: string, query: string, legend: string): Panel {
  return { title, unit, queries: [{ query, legend }], limits: [] };
}
