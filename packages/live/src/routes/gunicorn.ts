import { isTiming, prefixOf, type Recogniser, SERVICE, statusCounters, TIMINGS } from './recogniser.ts';

/** gunicorn's own statistics (`--statsd-host`): it knows no routes, so all of an app is one. */
export const gunicorn: Recogniser = {
  name: 'gunicorn',
  about: 'shop.gunicorn.request.duration:12|ms and shop.gunicorn.request.status.200:1|c',
  tags: { service: SERVICE, route: [], method: [], status: [] },
  find(metrics) {
    const statuses = statusCounters(metrics, 'gunicorn.request.status');
    return metrics.flatMap((metric) => {
      const prefix = prefixOf(metric.name, 'gunicorn.request.duration');
      if (prefix === undefined || !isTiming(metric)) return [];
      return [
        {
          metric: metric.name,
          types: TIMINGS,
          toMs: 1,
          statuses: statuses.get(prefix) ?? [],
          service: prefix || 'gunicorn',
          route: '(all)',
        },
      ];
    });
  },
};
