import { randomBytes, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Connections, type Threads } from './connections.ts';

/**
 * The way of orders to the application that this server runs: its threads connect to a local socket in a
 * folder that only this user can enter, and show the token of the run, which stands in their environment.
 */
export class Channel {
  readonly #token = randomBytes(24).toString('hex');
  readonly #connections: Connections;
  #server: Server | undefined;
  #folder: string | undefined;

  constructor(threads: Threads) {
    this.#connections = new Connections(threads);
  }

  /** Opens it, and returns what the application is told: `TOKEN@PATH`. */
  async open(): Promise<string> {
    const path = await this.#path();
    const server = createServer((socket) => {
      this.#connections.accept(socket, (token) => isSame(token, this.#token));
    });
    this.#server = server;
    server.listen(path);
    await once(server, 'listening');
    // Without a file descriptor left, a connection cannot be accepted: later ones can.
    server.on('error', () => {});
    return `${this.#token}@${path}`;
  }

  async close(): Promise<void> {
    this.#connections.close();
    const server = this.#server;
    if (server?.listening === true) await new Promise((resolve) => server.close(resolve));
    if (this.#folder !== undefined) await rm(this.#folder, { recursive: true, force: true });
  }

  async #path(): Promise<string> {
    if (process.platform === 'win32')
      return `\\\\.\\pipe\\routemeter-live-${randomBytes(12).toString('hex')}`;
    // Only its owner may enter such a folder.
    this.#folder = await mkdtemp(join(tmpdir(), 'routemeter-live-'));
    return join(this.#folder, 'orders');
  }
}

export function isSame(given: unknown, own: string): boolean {
  if (typeof given !== 'string') return false;
  const [one, other] = [Buffer.from(given), Buffer.from(own)];
  return one.length === other.length && timingSafeEqual(one, other);
}
