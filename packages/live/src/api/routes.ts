import * as v from 'valibot';
import { type Endpoint, rangeOf, read, window } from './endpoint.ts';

const Query = v.object({ window });

export const routes: Endpoint = {
  method: 'GET',
  path: '/api/routes',
  async handle(query, context) {
    const { window } = read(Query, query);
    return { window, routes: await context.routes.rows(rangeOf(context, window)) };
  },
};
