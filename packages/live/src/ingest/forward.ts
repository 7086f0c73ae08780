import { createSocket, type Socket } from 'node:dgram';

/** Packets on their way out that are waited for; more are dropped, so that a slow resolver costs no memory. */
const MAX_PENDING = 4096;

/** Sends every payload on, unchanged, over UDP. Whatever happens there, ingest goes on. */
export class Forwarder {
  readonly #socket: Socket;
  readonly #host: string;
  readonly #port: number;
  #pending = 0;
  sent = 0;
  failed = 0;

  constructor(host: string, port: number) {
    this.#host = host;
    this.#port = port;
    this.#socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
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

  close(): void {
    this.#socket.close();
  }
}
