import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { ClientRequest, IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { outside, shared } from '../attribution/index.ts';
import { textOf, warnOnce } from '../errors/index.ts';
import { clearTimeout, setTimeout, whenLonely } from '../platform/index.ts';
import { Orders, type Take } from './orders.ts';

/** A live server that this application takes orders of. */
interface Orderer {
  /** Of its page. */
  readonly url: string;
  /** What both know; it is never sent. */
  readonly token: string;
}

const PROTOCOL = 'routemeter-orders';
const ANSWER_MS = 10_000;
/** Until it is tried again: doubled each time, for a server that is away. */
const FIRST_MS = 1_000;
const LAST_MS = 60_000;
/** A peer that is gone without a word is found out by the system. */
const ALIVE_MS = 30_000;
/** Servers that a thread takes orders of, and meters that each of them may have. */
const MOST = 4;

/** A meter that names a live server: the first of those that do is connected to it, and the others stand by. */
interface Taker {
  open(): void;
  close(): void;
}

/**
 * Takes orders of a live server that did not start this application, over a connection that this thread opens.
 * Nothing listens here, and the connection never keeps the process alive; after it ended it is made again. Each
 * side proves that it knows the token, so that neither a wrong server nor who listens learns it. Never throws.
 *
 * @returns a function that ends it.
 */
export function takeOrdersByToken(from: Orderer, take: Take): () => void {
  const servers = shared('orderers', () => new Map<string, Taker[]>());
  const takers = servers.get(from.url) ?? [];
  if (takers.length >= MOST || (takers.length === 0 && servers.size >= MOST)) return () => {};
  const taker = takerOf(from, take);
  servers.set(from.url, takers);
  if (takers.push(taker) === 1) taker.open();
  return () => {
    const at = takers.indexOf(taker);
    if (at < 0) return;
    takers.splice(at, 1);
    taker.close();
    if (takers.length === 0) servers.delete(from.url);
    else if (at === 0) takers[0]!.open();
  };
}

function takerOf(from: Orderer, take: Take): Taker {
  let connection: Connection | null = null;
  return {
    open() {
      const opened = new Connection(from, take);
      connection = opened;
      outside(() => opened.open());
    },
    close: () => connection?.close(),
  };
}

class Connection {
  private readonly from: Orderer;
  private readonly take: Take;
  private request: ClientRequest | null = null;
  private socket: Socket | null = null;
  private retry: ReturnType<typeof setTimeout> | null = null;
  private retryMs = FIRST_MS;
  private closed = false;

  constructor(from: Orderer, take: Take) {
    this.from = from;
    this.take = take;
  }

  open(): void {
    this.retry = null;
    try {
      this.ask();
    } catch (error) {
      this.refuse(`it cannot be asked (${textOf((error as Error)?.message ?? error)})`);
      this.later();
    }
  }

  close(): void {
    this.closed = true;
    if (this.retry !== null) clearTimeout(this.retry);
    this.request?.destroy();
    this.socket?.destroy();
  }

  private ask(): void {
    const base = this.from.url.replace(/\/+$/, '');
    const nonce = randomBytes(16).toString('hex');
    const { request: ask } = base.startsWith('https:')
      ? process.getBuiltinModule('node:https')
      : process.getBuiltinModule('node:http');
    const request = ask(`${base}/api/profiles/orders`, {
      // A connection of its own, whatever the application's agents do.
      agent: false,
      timeout: ANSWER_MS,
      headers: { connection: 'Upgrade', upgrade: PROTOCOL, 'routemeter-nonce': nonce },
    });
    this.request = request;
    const unwatch = whenLonely(() => request.destroy());
    request.on('socket', (socket) => socket.unref());
    request.on('timeout', () => request.destroy());
    request.on('error', () => {});
    request.on('response', (response) => {
      this.refuse(`it answers ${response.statusCode}; start it with --profile-token`);
      request.destroy();
    });
    request.on('upgrade', (response, socket, head) => {
      unwatch();
      this.upgraded(response, socket as Socket, head, nonce);
    });
    request.on('close', () => {
      unwatch();
      this.request = null;
      if (this.socket === null) this.later();
    });
    request.end();
  }

  private upgraded({ headers }: IncomingMessage, socket: Socket, head: Buffer, nonce: string): void {
    this.socket = socket;
    socket.unref();
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      this.socket = null;
      this.later();
    });
    const theirs = String(headers['routemeter-nonce']);
    const { token } = this.from;
    if (this.closed || !isProof(headers['routemeter-proof'], proof(token, 'server', nonce, theirs))) {
      if (!this.closed) this.refuse('it does not know the token; give it the same as --profile-token');
      socket.destroy();
      return;
    }
    this.retryMs = FIRST_MS;
    socket.setTimeout(0);
    socket.setKeepAlive(true, ALIVE_MS);
    if (head.length > 0) socket.unshift(head);
    new Orders(socket, proof(token, 'application', theirs, nonce), this.take);
  }

  private later(): void {
    if (this.closed || this.retry !== null) return;
    // Not all processes of a fleet at once, when a server comes back.
    const ms = this.retryMs * (0.5 + Math.random() / 2);
    this.retryMs = Math.min(this.retryMs * 2, LAST_MS);
    this.retry = setTimeout(() => this.open(), ms);
    this.retry.unref();
  }

  /** It will not be otherwise in a second. */
  private refuse(why: string): void {
    this.retryMs = LAST_MS;
    const { url } = this.from;
    warnOnce('RM_PROFILE_ORDERS', url, `no orders for profiles are taken of ${url}: ${why}`);
  }
}

/** That `role` knows the token, for this connection alone. */
function proof(token: string, role: 'server' | 'application', ...nonces: string[]): string {
  return createHmac('sha256', token)
    .update([PROTOCOL, role, ...nonces].join(' '))
    .digest('hex');
}

function isProof(given: string | string[] | undefined, expected: string): boolean {
  const [one, other] = [Buffer.from(String(given)), Buffer.from(expected)];
  return one.length === other.length && timingSafeEqual(one, other);
}
