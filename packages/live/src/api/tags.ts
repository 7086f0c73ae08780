import * as v from 'valibot';
import { type Endpoint, end, rangeOf, read, window } from './endpoint.ts';

const Query = v.object({ window, end });

export const tags: Endpoint = {
  method: 'GET',
  path: '/api/tags',
  async handle(query, context) {
    const { window, end } = read(Query, query);
    return { window, tags: await context.routes.tags(rangeOf(context, window, end)) };
  },
};
