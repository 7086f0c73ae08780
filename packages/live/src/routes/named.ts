import { isTiming, type Recogniser, SERVICE, TIMINGS } from './recogniser.ts';

/** A metric that the user says measures requests (`--routes NAME`), with any of the usual tags. */
export function named(name: string): Recogniser {
  return {
    name: 'named',
    about: `${name}:12|ms|#route:/users/:id,method:GET,status:200`,
    tags: {
      service: SERVICE,
      route: ['http_route', 'http.route', 'route', 'endpoint', 'view', 'path', 'resource', 'handler'],
      method: ['http_method', 'http.request.method', 'http.method', 'method', 'verb'],
      status: [
        'http_status_code',
        'http.response.status_code',
        'http.status_code',
        'status_code',
        'response_code',
        'status',
        'code',
      ],
    },
    find(metrics) {
      return metrics
        .filter((metric) => metric.name === name && isTiming(metric))
        .map((metric) => ({ metric: metric.name, types: TIMINGS, toMs: 1, cpu: `${name}.cpu` }));
    },
  };
}
