import { once } from 'node:events';
import { unlink } from 'node:fs/promises';
import { createConnection, createServer, type Server, type Socket } from 'node:net';
import { Framing, type FramingHandler } from './framing.ts';

const MAX_CONNECTIONS = 256;

export type StreamAddress = { host: string; port: number } | { path: string };

/** StatsD over TCP or a Unix stream socket. */
export class StreamListener {
  readonly #server: Server;
  readonly #connections = new Set<Socket>();

  private constructor(handler: FramingHandler) {
    this.#server = createServer((socket) => this.#serve(socket, handler));
    this.#server.maxConnections = MAX_CONNECTIONS;
  }

  /** Rejects with Node's error when the port is taken, or another server answers at the path. */
  static async open(address: StreamAddress, handler: FramingHandler): Promise<StreamListener> {
    const listener = new StreamListener(handler);
    if ('path' in address) await removeStale(address.path);
    listener.#server.listen(address);
    await once(listener.#server, 'listening');
    listener.#server.on('error', () => {});
    return listener;
  }

  get connections(): number {
    return this.#connections.size;
  }

  async close(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const socket of this.#connections) socket.destroy();
    await closed;
  }

  #serve(socket: Socket, handler: FramingHandler): void {
    const framing = new Framing(handler);
    this.#connections.add(socket);
    socket.on('data', (chunk: Buffer) => {
      if (!framing.push(chunk)) socket.destroy();
    });
    socket.on('end', () => framing.end());
    socket.on('error', () => {});
    socket.on('close', () => this.#connections.delete(socket));
  }
}

/** A socket file outlives a server that was killed; one that nobody answers at is in the way of nobody. */
async function removeStale(path: string): Promise<void> {
  const probe = createConnection({ path });
  try {
    await once(probe, 'connect');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ECONNREFUSED') await unlink(path);
    return;
  } finally {
    probe.destroy();
  }
}
