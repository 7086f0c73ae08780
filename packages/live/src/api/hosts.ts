import * as v from 'valibot';
import { hostRows } from '../routes/hosts.ts';
import { type Endpoint, end, needed, rangeOf, read, window } from './endpoint.ts';
import { filters } from './filters.ts';

const Query = v.object({
  route: needed('is required, as in /api/routes'),
  method: v.pipe(needed('is required, as in /api/routes'), v.toUpperCase()),
  service: v.optional(v.string()),
  window,
  end,
});

export const hosts: Endpoint = {
  method: 'GET',
  path: '/api/hosts',
  async handle(query, context) {
    const { route, method, service, window, end } = read(Query, query);
    const range = rangeOf(context, window, end);
    const rows = await context.routes.rows(range, {
      where: filters(query),
      only: { route, method, service },
      perHost: true,
      spark: false,
    });
    return { window, hosts: hostRows(rows) };
  },
};
