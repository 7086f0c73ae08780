import {
  isTiming,
  prefixOf,
  type Recogniser,
  type RouteMetric,
  SERVICE,
  summedBeside,
  TIMINGS,
} from './recogniser.ts';

const NAME = 'http.server.request';

export const routemeter: Recogniser = {
  name: 'routemeter',
  about: 'myapp.http.server.request:12.3|d|#http_route:/users/:id,http_method:GET,http_status_code:200',
  tags: {
    service: SERVICE,
    route: ['http_route'],
    method: ['http_method'],
    status: ['http_status_code'],
    server: { address: 'server_address', port: 'server_port' },
  },
  find(metrics) {
    const found = new Map<string, RouteMetric>();
    for (const metric of metrics) {
      const service = prefixOf(metric.name, NAME);
      if (service === undefined || !isTiming(metric)) continue;
      found.set(metric.name, {
        metric: metric.name,
        types: TIMINGS,
        toMs: 1,
        cpu: `${metric.name}.cpu`,
        stalled: `${metric.name}.stalled`,
        loopBusy: `${metric.name}.loop_busy`,
        cpuRemote: summedBeside(metric.name, 'cpu_remote'),
        queued: `${metric.name}.queued`,
        delayed: `${metric.name}.delayed`,
        client: `${metric.name}.client`,
        service,
      });
    }
    return [...found.values()];
  },
};
