import {
  isTiming,
  type Recogniser,
  type RouteMetric,
  SERVICE,
  statusCounters,
  TIMINGS,
} from './recogniser.ts';

const VIEW = /^(?:(.*)\.)?view\.(?:(.+)\.)?(GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS)$/;

/**
 * Views of Django, as the middleware of `django-statsd` names them: each request counts for its view, for the
 * view's module and for all. Statuses are counted for all views together.
 */
export const django: Recogniser = {
  name: 'django',
  about: 'view.shop.views.home.GET:12|ms, view.shop.views.GET:12|ms, view.GET:12|ms, response.200:1|c',
  tags: { service: SERVICE, route: [], method: [], status: [] },
  find(metrics) {
    const statuses = statusCounters(metrics, 'response');
    const all = metrics.filter(isTiming).flatMap(({ name }) => {
      const match = VIEW.exec(name);
      return match === null
        ? []
        : [{ name, service: match[1] ?? '', view: match[2] ?? '', method: match[3]! }];
    });
    const found: RouteMetric[] = [];
    for (const service of new Set(all.map((one) => one.service))) {
      const mine = all.filter((one) => one.service === service);
      // The roll-up of all views tells that these are Django's.
      const totals = mine.filter(({ view }) => view === '');
      const views = mine.filter(
        ({ view, method }) =>
          view !== '' &&
          totals.some((total) => total.method === method) &&
          !mine.some((other) => other.method === method && other.view.startsWith(`${view}.`)),
      );
      const counted = statuses.get(service) ?? [];
      // Whose statuses they are is only known of one view, or of one method's total.
      const rows =
        views.length === 1 || totals.length !== 1 || counted.length === 0 ? views : [...views, ...totals];
      const owner = views.length === 1 ? views[0] : totals.length === 1 ? totals[0] : undefined;
      for (const row of rows.length > 0 ? rows : totals) {
        found.push({
          metric: row.name,
          types: TIMINGS,
          toMs: 1,
          ...(row === owner ? { statuses: counted } : {}),
          service,
          route: row.view || '(all)',
          method: row.method,
        });
      }
      // Of several methods, the statuses are those of all requests.
      if (owner === undefined && views.length > 0 && counted.length > 0) {
        const [first, ...others] = totals.map(({ name }) => name);
        found.push({
          metric: first!,
          together: others,
          types: TIMINGS,
          toMs: 1,
          statuses: counted,
          service,
          route: '(all)',
          method: '',
        });
      }
    }
    return found;
  },
};
