import type { ContractCase } from '../case.ts';

export type { ContractCase };

/** A case of an application that is built; GET, answered with 200, unless said otherwise. */
export const page = (
  id: string,
  path: string,
  route: string | null,
  status = 200,
  more: Partial<ContractCase> = {},
): ContractCase => ({ id, method: 'GET', path, route, status, ...more });
