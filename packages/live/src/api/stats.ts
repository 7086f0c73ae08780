import type { Endpoint } from './endpoint.ts';

export const stats: Endpoint = {
  method: 'GET',
  path: '/api/stats',
  handle: (_query, context) => context.stats(),
};
