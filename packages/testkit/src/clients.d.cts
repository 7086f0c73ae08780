import type { Server } from 'node:http';

/** Clients of one path, over so many connections (4). */
export class Clients {
  constructor(server: Server, path: string, count?: number);
  send(amount: number): Promise<void>;
}
