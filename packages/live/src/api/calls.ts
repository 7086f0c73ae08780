import { routeCalls } from '../calls/route-calls.ts';
import { type Endpoint, ONE_ROUTE, rangeOf, read } from './endpoint.ts';
import { filters } from './filters.ts';

/** What a route waits for: its upstream calls. */
export const calls: Endpoint = {
  method: 'GET',
  path: '/api/calls',
  async handle(query, context) {
    const { route, method, service, window, end } = read(ONE_ROUTE, query);
    const range = rangeOf(context, window, end);
    const where = filters(query);
    const only = { route, method, service };
    const rows = await context.routes.rows(range, { where, only, spark: false });
    return { window, ...(await routeCalls(context.store, rows, only, { ...range, where })) };
  },
};
