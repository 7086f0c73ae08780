import { kindOf } from 'routemeter/budgets';
import * as v from 'valibot';
import { delaysOfRoute, victimsOf } from '../delays/delays.ts';
import { type Endpoint, end, needed, ONE_ROUTE, rangeOf, read, window } from './endpoint.ts';
import { filters } from './filters.ts';

const CULPRIT = v.object({
  culprit: needed('is required: a route, or the name of other work'),
  kind: v.optional(v.string()),
  method: v.optional(v.pipe(v.string(), v.toUpperCase())),
  service: v.optional(v.string()),
  window,
  end,
});
/** Kinds that have no name. */
const NAMELESS: ReadonlySet<string> = new Set(['outside', 'stopped', 'crowd']);

/** Who kept a route waiting for the event loop; or whom a culprit kept waiting. */
export const delays: Endpoint = {
  method: 'GET',
  path: '/api/delays',
  async handle(query, context) {
    const where = filters(query);
    const { store, routes } = context;
    if (query.has('culprit')) {
      const { culprit, method, service, window, end, kind: given } = read(CULPRIT, query);
      const kind = given ?? kindOf(method ?? '') ?? 'request';
      const range = rangeOf(context, window, end);
      const rows = await routes.rows(range, { where, spark: false });
      const route = NAMELESS.has(kind) ? null : culprit;
      const found = await victimsOf(store, { kind, route, method: method ?? null }, service, rows, {
        ...range,
        where,
      });
      return { window, ...found };
    }
    const { route, method, service, window, end } = read(ONE_ROUTE, query);
    const range = rangeOf(context, window, end);
    const only = { route, method, service };
    const [row] = await routes.rows(range, { where, only, spark: false });
    return { window, ...(await delaysOfRoute(store, row, only, { ...range, where })) };
  },
};
