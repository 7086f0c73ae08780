import * as v from 'valibot';
import { marked } from '../budgets/mark.ts';
import { type Endpoint, rangeOf, read, window } from './endpoint.ts';

const Query = v.object({ window });

export const routes: Endpoint = {
  method: 'GET',
  path: '/api/routes',
  async handle(query, context) {
    const { window } = read(Query, query);
    const rows = await context.routes.rows(rangeOf(context, window));
    return { window, routes: marked(rows, context.budgets?.states() ?? []) };
  },
};
