import * as v from 'valibot';
import { type Endpoint, read, whole } from './endpoint.ts';

const Query = v.object({ limit: v.optional(whole(1, 1000, 'events'), '200') });

/** Events and service checks, the newest first. */
export const notices: Endpoint = {
  method: 'GET',
  path: '/api/events',
  async handle(query, { own }) {
    const { limit } = read(Query, query);
    return { events: own.ingest.notices.events(limit), checks: own.ingest.notices.checks(limit) };
  },
};
