import type { Server } from 'node:http';

export const STACKS: Record<string, { package: string; version: string }>;

export interface ContractFastify {
  server: Server;
  listen(options: { port: number; host: string }): Promise<string>;
  inject(options: { method: 'GET'; url: string }): Promise<{ statusCode: number }>;
  close(): Promise<void>;
  register(plugin: unknown, options?: object): Promise<unknown>;
}

export function makeApp(
  fastify: unknown,
  version: string,
  first?: (app: ContractFastify) => Promise<unknown>,
): Promise<ContractFastify>;
