import { connect, type Socket } from 'node:net';
import { warnOnce } from '../../errors/warning.ts';
import { clearTimeout, now as clock, setTimeout, whenLonely } from '../../platform/index.ts';
import type { DropCause, Payload, Settle } from '../payload.ts';
import { deliverLast } from './last-words.ts';
import { Recent } from './recent.ts';
import type { Sink } from './sink.ts';
import { Waiting } from './waiting.ts';

/** Payloads that may wait for a connection: 4 MB of the default size. */
const QUEUE = 512;
const CONNECT_MS = 5_000;
const FIRST_RETRY_MS = 50;
const LAST_RETRY_MS = 1_000;
/** How long a server on the way out may leave unread what the kernel has. */
const UNREAD_MS = 10_000;

export interface StreamOptions {
  /** For people. */
  readonly url: string;
  readonly to: { readonly path: string } | { readonly host: string; readonly port: number };
  /** Each payload stands behind its length in four bytes, little-endian, as the Datadog Agent reads Unix streams. */
  readonly framed: boolean;
  readonly maxPayload?: number;
}

/** One payload that the socket has and has not yet answered for. */
interface Flight {
  readonly payload: Payload;
  settled: boolean;
}

/**
 * Payloads over one TCP or Unix stream connection, made at the first payload and again, with
 * backoff, after it broke.
 *
 * Only one payload is under way where the kernel does not take it at once; all others wait here,
 * so that a broken connection costs that one alone and none is sent twice.
 */
export class StreamSink implements Sink {
  readonly url: string;
  readonly maxPayload: number;
  readonly newline: boolean;
  private readonly to: StreamOptions['to'];
  private readonly framed: boolean;
  private readonly queue: Payload[] = [];
  private readonly flights: Flight[] = [];
  private readonly waiting = new Waiting();
  private readonly recent = new Recent(UNREAD_MS);
  private settle: Settle = () => {};
  private unconfirmed: (samples: number) => void = () => {};
  private socket: Socket | null = null;
  private connected = false;
  /** Ends the watch over a connection that could keep the process alive. */
  private watched: (() => void) | null = null;
  private retry: ReturnType<typeof setTimeout> | null = null;
  private retryMs = FIRST_RETRY_MS;
  private closed = false;

  constructor({ url, to, framed, maxPayload = 8192 }: StreamOptions) {
    this.url = url;
    this.to = to;
    this.framed = framed;
    this.newline = !framed;
    this.maxPayload = maxPayload;
  }

  open(settle: Settle, unconfirmed: (samples: number) => void): void {
    this.settle = settle;
    this.unconfirmed = unconfirmed;
  }

  send(payload: Payload): void {
    if (this.closed) {
      this.settle(payload, 'closed');
    } else if (this.queue.length >= QUEUE) {
      // What waits is the start of the trouble: it stays, and the new is refused.
      warnOnce(
        'RM_SEND_FAILED',
        `${this.url} full`,
        `${this.url} takes nothing and ${QUEUE} payloads wait: new ones are dropped and counted until it does`,
      );
      this.settle(payload, 'queue_full');
    } else {
      this.queue.push(payload);
      this.pump();
    }
  }

  /** Writes while the kernel takes it at once. */
  private pump(): void {
    if (this.socket === null) {
      if (this.retry === null && this.queue.length > 0) this.connect();
      return;
    }
    const { socket } = this;
    // A socket that broke stays `socket` until its `close`: what is written meanwhile would be lost.
    while (this.connected && socket.writable && socket.writableLength === 0) {
      const payload = this.queue.shift();
      if (payload === undefined) break;
      this.write(socket, payload);
    }
    this.watch();
  }

  private watch(): void {
    const { socket } = this;
    const held = socket !== null && (!this.connected || socket.writableLength > 0);
    if (held) {
      this.watched ??= whenLonely(() => this.socket?.destroy());
    } else if (this.watched !== null) {
      this.watched();
      this.watched = null;
    }
  }

  private write(socket: Socket, payload: Payload): void {
    const flight = { payload, settled: false };
    this.flights.push(flight);
    const body = payload.buffer.subarray(0, payload.length);
    const answered = (error?: Error | null) => this.answered(flight, error ? 'send_failed' : null);
    if (!this.framed) {
      socket.write(body, answered);
      return;
    }
    const length = Buffer.allocUnsafe(4);
    length.writeUInt32LE(body.length);
    socket.cork();
    socket.write(length);
    socket.write(body, answered);
    socket.uncork();
  }

  private answered(flight: Flight, cause: DropCause | null): void {
    if (flight.settled) return;
    flight.settled = true;
    this.flights.splice(this.flights.indexOf(flight), 1);
    if (cause === null) {
      this.recent.add(flight.payload.samples, clock());
    } else {
      warnOnce(
        'RM_SEND_FAILED',
        `${this.url} broke`,
        `${this.url} broke off with ${flight.payload.samples} samples under way: dropped and counted`,
      );
    }
    this.settle(flight.payload, cause);
    this.pump();
    this.wake();
  }

  private connect(): void {
    let socket: Socket;
    try {
      socket = connect({ ...this.to, noDelay: true, keepAlive: true });
    } catch {
      this.later();
      return;
    }
    this.socket = socket;
    this.watch();
    socket.unref();
    const deadline = setTimeout(() => socket.destroy(), CONNECT_MS);
    deadline.unref();
    socket.on('connect', () => {
      clearTimeout(deadline);
      this.connected = true;
      this.retryMs = FIRST_RETRY_MS;
      this.pump();
    });
    // A StatsD server says nothing; whatever it says must not fill up, and its end is the end.
    socket.resume();
    socket.on('end', () => socket.destroy());
    socket.on('error', () => {});
    socket.on('close', () => {
      clearTimeout(deadline);
      this.lost();
    });
  }

  private lost(): void {
    const wasOpen = this.connected;
    this.socket = null;
    this.connected = false;
    this.watch();
    if (wasOpen && !this.closed) this.unconfirmed(this.recent.take(clock()));
    if (!this.closed) this.later();
    for (const flight of this.flights.slice()) this.answered(flight, 'send_failed');
  }

  private later(): void {
    if (this.retry !== null) return;
    this.retry = setTimeout(() => {
      this.retry = null;
      this.pump();
    }, this.retryMs);
    this.retry.unref();
    this.retryMs = Math.min(this.retryMs * 2, LAST_RETRY_MS);
  }

  private get busy(): boolean {
    return this.flights.length > 0 || this.queue.length > 0;
  }

  private wake(): void {
    if (!this.busy) this.waiting.wake();
  }

  flush(): Promise<void> {
    if (!this.busy) return Promise.resolve();
    return this.waiting.wait();
  }

  flushSync(waitMs: number): void {
    const { socket } = this;
    if (socket !== null && this.connected) {
      // The kernel takes at once what a peer that reads has room for, loop or no loop.
      this.pump();
      const stuck = socket.writableLength > 0;
      for (const flight of this.flights.splice(0)) {
        flight.settled = true;
        // Of the one that is stuck a part has left: nobody else may send it again.
        this.settle(flight.payload, stuck ? 'exit' : null);
      }
    }
    const rest = this.queue.splice(0);
    if (rest.length === 0) return;
    // The loop turns no more: a connection that was being made would end unused.
    socket?.destroy();
    const handed = deliverLast(
      { kind: 'stream', to: this.to },
      rest.map((payload) => this.framedBytes(payload)),
      waitMs,
    );
    for (const [at, payload] of rest.entries()) this.settle(payload, at < handed ? null : 'exit');
  }

  private framedBytes(payload: Payload): Uint8Array {
    const body = payload.buffer.subarray(0, payload.length);
    if (!this.framed) return body;
    const length = Buffer.allocUnsafe(4);
    length.writeUInt32LE(body.length);
    return Buffer.concat([length, body]);
  }

  async close(): Promise<void> {
    await this.flush();
    this.closed = true;
    if (this.retry !== null) clearTimeout(this.retry);
    const { socket } = this;
    for (const payload of this.queue.splice(0)) this.settle(payload, 'closed');
    if (socket === null) return;
    if (this.connected && this.flights.length === 0) socket.end();
    else socket.destroy();
  }
}
