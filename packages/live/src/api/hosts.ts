import { hostRows } from '../routes/hosts.ts';
import { type Endpoint, ONE_ROUTE, rangeOf, read } from './endpoint.ts';
import { filters } from './filters.ts';

export const hosts: Endpoint = {
  method: 'GET',
  path: '/api/hosts',
  async handle(query, context) {
    const { route, method, service, window, end } = read(ONE_ROUTE, query);
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
