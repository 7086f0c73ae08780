import { once } from 'node:events';
import { unlink } from 'node:fs/promises';
import { type AddressInfo, createConnection, createServer, type Server, type Socket } from 'node:net';
import { Framing, type FramingHandler } from './framing.ts';
import { otherLoopback } from './loopback.ts';

/** On each address; a connection that has been silent for longest makes room for a new one. */
const MAX_CONNECTIONS = 256;

export type StreamAddress = { host: string; port: number } | { path: string };

/** StatsD over TCP, on both loopbacks where the address is one of them, or over a Unix stream socket. */
export class StreamListener {
  readonly #servers: Server[] = [];
  /** By address, the longest silent one first. */
  readonly #connections: Set<Socket>[] = [];
  /** Connections that were closed to make room. */
  evicted = 0;

  private constructor() {}

  /** Rejects with Node's error when the port is taken, or another server answers at the path. */
  static async open(address: StreamAddress, handler: FramingHandler): Promise<StreamListener> {
    const listener = new StreamListener();
    if ('path' in address) await removeStale(address.path);
    await listener.#listen(address, handler);
    const twin = 'path' in address ? undefined : otherLoopback(address.host);
    if (twin !== undefined) {
      // Many a machine has no IPv6 loopback, and another program may hold the port there: IPv4 alone is fine.
      const { port } = listener.#servers[0]!.address() as AddressInfo;
      await listener.#listen({ host: twin, port }, handler).catch(() => {});
    }
    return listener;
  }

  get connections(): number {
    return this.#connections.reduce((sum, { size }) => sum + size, 0);
  }

  async close(): Promise<void> {
    const closed = this.#servers.map((server) => once(server, 'close'));
    for (const server of this.#servers) server.close();
    for (const socket of this.#connections.flatMap((open) => [...open])) socket.destroy();
    await Promise.all(closed);
  }

  async #listen(address: StreamAddress, handler: FramingHandler): Promise<void> {
    const open = new Set<Socket>();
    this.#connections.push(open);
    const server = createServer((socket) => this.#serve(socket, open, handler));
    server.listen(address);
    await once(server, 'listening');
    server.on('error', () => {});
    this.#servers.push(server);
  }

  #serve(socket: Socket, open: Set<Socket>, handler: FramingHandler): void {
    const framing = new Framing(handler);
    if (open.size >= MAX_CONNECTIONS) {
      const [silent] = open;
      open.delete(silent!);
      silent!.destroy();
      this.evicted++;
    }
    open.add(socket);
    socket.on('data', (chunk: Buffer) => {
      // What was read before it was closed to make room still counts.
      if (open.delete(socket)) open.add(socket);
      if (!framing.push(chunk)) socket.destroy();
    });
    socket.on('end', () => framing.end());
    socket.on('error', () => {});
    socket.on('close', () => open.delete(socket));
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
