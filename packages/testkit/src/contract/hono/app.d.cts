import type { Server } from 'node:http';

export const VERSION: string;
export function start(
  modules: object,
  nodeServer: unknown,
  first: unknown,
  ready: (address: { port: number }) => void,
): Server;
export interface Modules {
  modules: object;
  nodeServer: unknown;
}
export function required(): Modules;
export function imported(): Promise<Modules>;
