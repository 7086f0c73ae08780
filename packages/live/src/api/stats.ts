import type { Endpoint } from './endpoint.ts';

export const stats: Endpoint = {
  method: 'GET',
  path: '/api/stats',
  isLight: true,
  handle: (_query, context) => context.stats(),
};
