import { isTiming, type Recogniser, SERVICE, statusCounters, TIMINGS } from './recogniser.ts';

/** With `service.` since Kong 3, without it before. */
const LATENCY = /^(?:(.*)\.)?kong\.(?:service\.)?(.+)\.latency$/;

/** Services behind Kong, by its StatsD plugin. */
export const kong: Recogniser = {
  name: 'kong',
  about: 'kong.service.orders.latency:12|ms and kong.service.orders.status.200:1|c',
  tags: { service: SERVICE, route: [], method: [], status: [] },
  find(metrics) {
    const statuses = statusCounters(metrics, 'status');
    return metrics.filter(isTiming).flatMap(({ name }) => {
      const match = LATENCY.exec(name);
      if (match === null) return [];
      const key = name.slice(0, -'.latency'.length);
      return [
        {
          metric: name,
          types: TIMINGS,
          toMs: 1,
          statuses: statuses.get(key) ?? statuses.get(`${key}.request`) ?? [],
          service: match[1] ? `${match[1]}.kong` : 'kong',
          route: match[2]!,
        },
      ];
    });
  },
};

/** The same by its Datadog plugin, or by tags of the StatsD plugin. */
export const kongTagged: Recogniser = {
  name: 'kong-tagged',
  about: 'kong.latency:12|ms|#name:orders,status:200',
  tags: { service: [], route: ['name', 'service', 'route'], method: ['method'], status: ['status'] },
  find(metrics) {
    return metrics
      .filter((metric) => isTiming(metric) && /(?:^|\.)kong\.(?:request\.)?latency$/.test(metric.name))
      .filter(({ tagKeys }) => tagKeys.includes('name') || tagKeys.includes('service'))
      .map(({ name }) => ({ metric: name, types: TIMINGS, toMs: 1, service: 'kong' }));
  },
};
