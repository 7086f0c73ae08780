import { createSocket, type Socket } from 'node:dgram';
import { promises as dns, type LookupAddress, type LookupOptions } from 'node:dns';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Books } from './books.ts';
import type { ForwardTarget } from './forwarder.ts';
import { type Piece, pieces } from './pieces.ts';

/** Datagrams on their way out that are waited for; more are dropped, so that a slow resolver costs no memory. */
const MAX_PENDING = 4096;
/** Longer is no datagram. */
const MAX_DATAGRAM = 65_507;
/** Node asks the resolver for every datagram; a name is asked for once in so long. */
const RESOLVE_EVERY_MS = 60_000;
/** How long the end waits for what is on its way out. */
const CLOSE_MS = 1000;

/** Sends lines on over UDP, in datagrams that the target takes. */
export class UdpTarget implements ForwardTarget {
  readonly books: Books;
  readonly #socket: Socket;
  readonly #host: string;
  readonly #port: number;
  readonly #size: number;
  #pending = 0;
  #resolved: Promise<LookupAddress> | undefined;
  #resolvedAt = 0;

  constructor({ host, port, size }: { host: string; port: number; size: number }, books: Books) {
    this.#host = host;
    this.#port = port;
    this.#size = size;
    this.books = books;
    this.#socket = createSocket({
      type: host.includes(':') ? 'udp6' : 'udp4',
      lookup: (name, options, callback) => {
        this.#resolve(name, options).then(
          ({ address, family }) => callback(null, address, family),
          (error) => callback(error, '', 0),
        );
      },
    });
    this.#socket.on('error', () => {});
    this.#socket.unref();
  }

  send(payload: Uint8Array): void {
    for (const piece of pieces(payload, this.#size)) this.#datagram(piece);
  }

  async close(): Promise<void> {
    const end = performance.now() + CLOSE_MS;
    while (this.#pending > 0 && performance.now() < end) await sleep(5);
    this.#socket.close();
  }

  #datagram({ bytes, lines }: Piece): void {
    if (bytes.length > MAX_DATAGRAM) {
      this.books.dropped(lines, `a line of ${bytes.length} bytes is no datagram`);
      return;
    }
    if (this.#pending >= MAX_PENDING) {
      this.books.dropped(lines, `${MAX_PENDING} datagrams wait already`);
      return;
    }
    this.#pending++;
    this.#socket.send(bytes, this.#port, this.#host, (error) => {
      this.#pending--;
      if (error === null) this.books.sent(lines);
      else this.books.failed(lines, error.message);
    });
  }

  #resolve(name: string, options: LookupOptions): Promise<LookupAddress> {
    if (this.#resolved === undefined || performance.now() - this.#resolvedAt > RESOLVE_EVERY_MS) {
      this.#resolvedAt = performance.now();
      this.#resolved = dns.lookup(name, { ...options, all: false });
    }
    return this.#resolved;
  }
}
