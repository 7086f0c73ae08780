import { isTiming, prefixOf, type Recogniser, type RouteMetric, SERVICE } from './recogniser.ts';

/** The stable name's unit is the second, the older one's the millisecond. */
const STABLE = 'http.server.request.duration';
const OLDER = 'http.server.duration';

export const opentelemetry: Recogniser = {
  name: 'opentelemetry',
  about: 'http.server.request.duration:0.0123|h|#http.route:/users/:id,http.request.method:GET',
  tags: {
    service: ['service.name', 'service_name', ...SERVICE],
    route: ['http.route', 'http_route'],
    method: ['http.request.method', 'http_request_method', 'http.method', 'http_method'],
    status: [
      'http.response.status_code',
      'http_response_status_code',
      'http.status_code',
      'http_status_code',
    ],
  },
  find(metrics) {
    const found: RouteMetric[] = [];
    for (const metric of metrics) {
      const stable = prefixOf(metric.name, STABLE);
      const service = stable ?? prefixOf(metric.name, OLDER);
      if (service === undefined || !isTiming(metric)) continue;
      // `ms` says milliseconds, whatever the name; only a histogram or distribution keeps its own unit.
      const toMs = stable !== undefined && metric.type !== 'timing' ? 1000 : 1;
      found.push({ metric: metric.name, types: [metric.type], toMs, service });
    }
    return found;
  },
};
