import * as v from 'valibot';
import { upstreams as all } from '../calls/upstreams.ts';
import { type Endpoint, end, rangeOf, read, window } from './endpoint.ts';
import { filters } from './filters.ts';

const Query = v.object({ window, end });

/** What all routes ask of others, and who suffers. */
export const upstreams: Endpoint = {
  method: 'GET',
  path: '/api/upstreams',
  async handle(query, context) {
    const { window, end } = read(Query, query);
    const range = rangeOf(context, window, end);
    const where = filters(query);
    const rows = await context.routes.rows(range, { where, spark: false });
    return { window, ...(await all(context.store, rows, { ...range, where })) };
  },
};
