import * as v from 'valibot';
import { type Endpoint, read, whole } from './endpoint.ts';

const Query = v.object({ limit: v.optional(whole(1, 5000, 'lines'), '200') });

export const raw: Endpoint = {
  method: 'GET',
  path: '/api/raw',
  async handle(query, context) {
    return { lines: await context.own.ingest.raw(read(Query, query).limit) };
  },
};
