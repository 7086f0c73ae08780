import { createHmac, randomBytes } from 'node:crypto';
import { type IncomingMessage, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { isSame } from './channel.ts';
import { Connections, type Threads } from './connections.ts';

const PATH = '/api/profiles/orders';
const PROTOCOL = 'routemeter-orders';
/** Connections that nothing comes over are cut by what stands in between, after a minute as a rule. */
const ASK_MS = 25_000;

/**
 * The way of orders to applications that this server did not start: each opens a connection to the port of the
 * page. Both sides prove that they know the token, for this connection alone, and never send it.
 */
export class ByToken {
  readonly #token: string;
  readonly #connections: Connections;
  readonly #timer: NodeJS.Timeout;

  /** @param ask asks the threads for what a start would cost them, so that something comes over each connection. */
  constructor(token: string, threads: Threads, ask: () => void) {
    this.#token = token;
    this.#connections = new Connections(threads);
    this.#timer = setInterval(ask, ASK_MS).unref();
  }

  /** Takes a request for a connection of this kind; false where it is another one. */
  upgrade({ method, url, headers }: IncomingMessage, socket: Socket, head: Buffer): boolean {
    if (headers.upgrade?.toLowerCase() !== PROTOCOL || url?.replace(/\?.*/, '').endsWith(PATH) !== true)
      return false;
    // A client that goes away is no fault of ours.
    socket.on('error', () => socket.destroy());
    const theirs = headers['routemeter-nonce'];
    if (method !== 'GET' || typeof theirs !== 'string' || !/^[0-9a-f]{32}$/.test(theirs)) {
      refuse(socket, 400);
      return true;
    }
    if (!this.#connections.hasRoom) {
      refuse(socket, 503);
      return true;
    }
    const nonce = randomBytes(16).toString('hex');
    socket.setTimeout(0);
    socket.setKeepAlive(true, ASK_MS);
    socket.write(
      [
        'HTTP/1.1 101 Switching Protocols',
        'Connection: Upgrade',
        `Upgrade: ${PROTOCOL}`,
        `Routemeter-Nonce: ${nonce}`,
        `Routemeter-Proof: ${proof(this.#token, 'server', theirs, nonce)}`,
        '\r\n',
      ].join('\r\n'),
    );
    if (head.length > 0) socket.unshift(head);
    const expected = proof(this.#token, 'application', nonce, theirs);
    this.#connections.accept(socket, (given) => isSame(given, expected));
    return true;
  }

  close(): void {
    clearInterval(this.#timer);
    this.#connections.close();
  }
}

function refuse(socket: Socket, status: number): void {
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}

/** As the library has it. */
function proof(token: string, role: 'server' | 'application', ...nonces: string[]): string {
  return createHmac('sha256', token)
    .update([PROTOCOL, role, ...nonces].join(' '))
    .digest('hex');
}
