import type { Endpoint } from './endpoint.ts';

export const budgets: Endpoint = {
  method: 'GET',
  path: '/api/budgets',
  handle: async (_query, { budgets }) => ({
    file: budgets?.budgets.file ?? null,
    limits: budgets?.states() ?? [],
    unmatched: budgets?.unmatched ?? [],
  }),
};
