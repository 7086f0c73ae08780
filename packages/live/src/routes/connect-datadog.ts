import { isTiming, prefixOf, type Recogniser, SERVICE, TIMINGS } from './recogniser.ts';

export const connectDatadog: Recogniser = {
  name: 'connect-datadog',
  about: 'node.express.router.response_time:12|h|#route:/users/:id,method:get,response_code:200',
  tags: { service: SERVICE, route: ['route'], method: ['method'], status: ['response_code'] },
  find(metrics) {
    return metrics
      .filter((metric) => isTiming(metric) && metric.tagKeys.includes('route'))
      .filter((metric) => prefixOf(metric.name, 'response_time') !== undefined)
      .map((metric) => ({ metric: metric.name, types: TIMINGS, toMs: 1 }));
  },
};
