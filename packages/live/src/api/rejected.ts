import type { Endpoint } from './endpoint.ts';

/** What was refused, by reason and name. */
export const rejected: Endpoint = {
  method: 'GET',
  path: '/api/rejected',
  handle: async (_query, { own }) => ({ rejected: own.ingest.rejections.list() }),
};
