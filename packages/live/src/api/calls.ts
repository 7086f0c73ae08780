import * as v from 'valibot';
import { routeCalls } from '../calls/route-calls.ts';
import { type Endpoint, end, needed, rangeOf, read, window } from './endpoint.ts';
import { filters } from './filters.ts';

const Query = v.object({
  route: needed('is required, as in /api/routes'),
  method: v.pipe(needed('is required, as in /api/routes'), v.toUpperCase()),
  service: v.optional(v.string()),
  window,
  end,
});

/** What a route waits for: its upstream calls. */
export const calls: Endpoint = {
  method: 'GET',
  path: '/api/calls',
  async handle(query, context) {
    const { route, method, service, window, end } = read(Query, query);
    const range = rangeOf(context, window, end);
    const where = filters(query);
    const only = { route, method, service };
    const rows = await context.routes.rows(range, { where, only, spark: false });
    return { window, ...(await routeCalls(context.store, rows, only, { ...range, where })) };
  },
};
