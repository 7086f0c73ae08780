import { isTiming, type Recogniser, SERVICE, statusCounters, TIMINGS } from './recogniser.ts';

/** `nunes`, and `nsa`, which has the format of the answer in the name as well. */
const NUNES = /^(?:(.*)\.)?action_controller\.controller\.(.+)\.([^.]+)\.runtime\.total$/;
const NSA = /^(?:(.*)\.)?([^.]+)\.([^.]+)\.([^.]+)\.total_duration$/;

/** Controllers and actions of Rails, as its StatsD gems name them. */
export const rails: Recogniser = {
  name: 'rails',
  about:
    'action_controller.controller.PostsController.index.runtime.total:12|ms and action_controller.controller.PostsController.index.status.200:1|c',
  tags: { service: SERVICE, route: [], method: ['method'], status: ['status'] },
  find(metrics) {
    const statuses = statusCounters(metrics, 'status');
    return metrics.filter(isTiming).flatMap(({ name }) => {
      const nunes = NUNES.exec(name);
      const key = name.replace(/\.(?:runtime\.total|total_duration)$/, '');
      const nsa = nunes === null && statuses.has(key) ? NSA.exec(name) : null;
      const [, service = '', controller, action] = nunes ?? nsa ?? [];
      if (controller === undefined) return [];
      return [
        {
          metric: name,
          types: TIMINGS,
          toMs: 1,
          statuses: statuses.get(key) ?? [],
          service,
          route: `${controller}#${action}`,
        },
      ];
    });
  },
};
