import * as v from 'valibot';
import { marked } from '../budgets/mark.ts';
import { withWaits } from '../calls/waits.ts';
import { withHolders } from '../delays/held.ts';
import { type Endpoint, end, rangeOf, read, window } from './endpoint.ts';
import { filters } from './filters.ts';

const Query = v.object({ window, end });

export const routes: Endpoint = {
  method: 'GET',
  path: '/api/routes',
  async handle(query, context) {
    const { window, end } = read(Query, query);
    const where = filters(query);
    const range = rangeOf(context, window, end);
    const rows = await context.routes.rows(range, { where, perServer: true });
    const waiting = await withWaits(context.store, rows, { ...range, where });
    const known = await withHolders(context.store, waiting, { ...range, where });
    return {
      window,
      routes: marked(known, context.budgets?.states() ?? []),
      tags: await context.routes.tags(range),
    };
  },
};
