import { createSocket, type Socket } from 'node:dgram';
import { promises as dns, type LookupAddress, type LookupOptions } from 'node:dns';

/** Packets on their way out that are waited for; more are dropped, so that a slow resolver costs no memory. */
const MAX_PENDING = 4096;

/** Node asks the resolver for every datagram; a name is asked for once in so long. */
const RESOLVE_EVERY_MS = 60_000;

/** Sends every payload on, unchanged, over UDP. Whatever happens there, ingest goes on. */
export class Forwarder {
  readonly #socket: Socket;
  readonly #host: string;
  readonly #port: number;
  #pending = 0;
  #resolved: Promise<LookupAddress> | undefined;
  #resolvedAt = 0;
  sent = 0;
  failed = 0;

  constructor(host: string, port: number) {
    this.#host = host;
    this.#port = port;
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
    if (this.#pending >= MAX_PENDING) {
      this.failed++;
      return;
    }
    this.#pending++;
    this.#socket.send(payload, this.#port, this.#host, (error) => {
      this.#pending--;
      if (error === null) this.sent++;
      else this.failed++;
    });
  }

  #resolve(name: string, options: LookupOptions): Promise<LookupAddress> {
    if (this.#resolved === undefined || performance.now() - this.#resolvedAt > RESOLVE_EVERY_MS) {
      this.#resolvedAt = performance.now();
      this.#resolved = dns.lookup(name, { ...options, all: false });
    }
    return this.#resolved;
  }

  close(): void {
    this.#socket.close();
  }
}
