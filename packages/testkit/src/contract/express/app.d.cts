import type { RequestListener } from 'node:http';

export type Middleware = (...args: never[]) => void;
export function makeRouters(express: unknown): Record<string, unknown>;
export function makeApp(
  express: unknown,
  major: 4 | 5,
  routers: Record<string, unknown>,
  options?: { first?: Middleware; foreign?: RequestListener | undefined },
): RequestListener;
