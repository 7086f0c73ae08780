import type { Server } from 'node:http';

export const STACKS: Record<
  string,
  { koa: string; router: string; version: string; syntax: { optional: string; files: string; word: string } }
>;
export function makeApp(
  Koa: unknown,
  Router: unknown,
  stack: string,
  first?: unknown,
): { listen(port: number, host: string, ready: () => void): Server };
