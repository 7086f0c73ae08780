import { isTiming, prefixOf, type Recogniser, SERVICE, statusCounters, TIMINGS } from './recogniser.ts';

const METHODS = new Set(['get', 'head', 'post', 'put', 'delete', 'connect', 'options', 'trace', 'patch']);

/** The route is the `statsdKey` that the app has set, such as `http.get.users`. */
export const expressHotShots: Recogniser = {
  name: 'express-hot-shots',
  about: 'http.get.users.response_time:12|ms and http.get.users.status_code.200:1|c',
  tags: { service: SERVICE, route: [], method: [], status: [] },
  find(metrics) {
    const statuses = statusCounters(metrics, 'status_code');
    return metrics.flatMap((metric) => {
      const key = prefixOf(metric.name, 'response_time');
      // Without the counters beside it, a `response_time` is somebody else's.
      if (key === undefined || !isTiming(metric) || !statuses.has(key)) return [];
      const parts = key.split('.');
      const at = parts.findIndex((part) => METHODS.has(part.toLowerCase()));
      return [
        {
          metric: metric.name,
          types: TIMINGS,
          toMs: 1,
          statuses: statuses.get(key)!,
          route: (at < 0 ? key : parts.slice(at + 1).join('.')) || '(all)',
          method: at < 0 ? '' : parts[at]!.toUpperCase(),
        },
      ];
    });
  },
};
