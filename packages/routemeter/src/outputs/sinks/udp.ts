import type { Socket } from 'node:dgram';
import { warnOnce } from '../../errors/warning.ts';
import { now as clock } from '../../platform/index.ts';
import type { DropCause, Payload, Settle } from '../payload.ts';
import { type Address, Resolver } from './address.ts';
import { deliverLast } from './last-words.ts';
import { Recent } from './recent.ts';
import type { Sink } from './sink.ts';
import { Waiting } from './waiting.ts';

/** Payloads that may wait for an address or for the kernel: about 0.7 MB. */
const QUEUE = 512;
/** How long a server on the way out may leave unread what the kernel has. */
const UNREAD_MS = 2_000;

/** One payload that the socket has and the kernel has not yet answered for. */
interface Flight {
  readonly payload: Payload;
  /** Sent a second time, since the first was refused for the failure of an earlier one. */
  readonly again: boolean;
  settled: boolean;
}

/**
 * Datagrams over one connected socket.
 *
 * Connected, because only then does the kernel report that nobody listens, and because a send
 * from an `exit` listener leaves without the event loop. A payload that the kernel refuses for
 * the failure of an earlier one is sent once more: it was never sent.
 */
export class UdpSink implements Sink {
  readonly url: string;
  readonly maxPayload: number;
  readonly newline = false;
  private readonly host: string;
  private readonly port: number;
  private readonly resolver: Resolver;
  private readonly queue: Payload[] = [];
  private readonly waiting = new Waiting();
  private settle: Settle = () => {};
  private unconfirmed: (samples: number) => void = () => {};
  private socket: Socket | null = null;
  private connected: Address | null = null;
  private readonly flights = new Set<Flight>();
  private readonly recent = new Recent(UNREAD_MS);
  private closed = false;

  constructor(host: string, port: number, maxPayload = 1432) {
    this.host = host;
    this.port = port;
    this.maxPayload = maxPayload;
    this.url = `udp://${host.includes(':') ? `[${host}]` : host}:${port}`;
    this.resolver = new Resolver(host);
  }

  open(settle: Settle, unconfirmed: (samples: number) => void): void {
    this.settle = settle;
    this.unconfirmed = unconfirmed;
  }

  send(payload: Payload): void {
    if (this.closed) {
      this.settle(payload, 'closed');
      return;
    }
    const now = clock();
    if (this.resolver.due(now)) void this.resolver.resolve(now).then(() => this.drain());
    if (this.resolver.address === null || this.flights.size + this.queue.length >= QUEUE) {
      this.enqueue(payload);
      return;
    }
    this.transmit(payload);
  }

  /** Keeps the oldest payloads and refuses new ones: what waits is the start of the trouble. */
  private enqueue(payload: Payload): void {
    if (this.flights.size + this.queue.length < QUEUE) {
      this.queue.push(payload);
      return;
    }
    warnOnce(
      'RM_SEND_FAILED',
      `${this.url} full`,
      `${this.url} ${this.resolver.address === null ? 'has no address yet' : 'takes nothing'} and ${QUEUE} payloads wait: new ones are dropped and counted until it does`,
    );
    this.settle(payload, 'queue_full');
  }

  private drain(): void {
    if (this.resolver.address === null) return;
    for (const payload of this.queue.splice(0)) this.transmit(payload);
    this.wake();
  }

  private transmit(payload: Payload, again = false): void {
    const socket = this.ready();
    if (socket === null) {
      this.settle(payload, 'send_failed');
      return;
    }
    const flight: Flight = { payload, again, settled: false };
    this.flights.add(flight);
    try {
      socket.send(payload.buffer, 0, payload.length, (error) => this.answered(flight, error));
    } catch (error) {
      this.answered(flight, error as NodeJS.ErrnoException);
    }
  }

  private answered(flight: Flight, error: NodeJS.ErrnoException | null): void {
    if (flight.settled) return;
    flight.settled = true;
    this.flights.delete(flight);
    const { payload } = flight;
    const now = clock();
    if (error === null) {
      this.recent.add(payload.samples, now);
      this.settle(payload, null);
    } else {
      const refused = error.code === 'ECONNREFUSED';
      // The refusal belongs to a datagram before this one; this one did not leave.
      if (refused) this.refused(now);
      if (refused && !flight.again && !this.closed) this.transmit(payload, true);
      else this.failed(payload, error);
    }
    this.wake();
  }

  /** The kernel says of a datagram that it had taken that nobody listened. */
  private refused(now: number): void {
    this.unconfirmed(this.recent.take(now, true));
    this.resolver.doubt(now);
  }

  private failed(payload: Payload, error: NodeJS.ErrnoException): void {
    const cause: DropCause =
      error.code === 'ECONNREFUSED' ? 'refused' : error.code === 'EMSGSIZE' ? 'too_long' : 'send_failed';
    if (cause !== 'refused') {
      warnOnce(
        'RM_SEND_FAILED',
        `${this.url} ${error.code}`,
        `${this.url} took no payload (${error.code ?? error.message}): dropped and counted${cause === 'too_long' ? '; lower maxPayload' : ''}`,
      );
    }
    this.settle(payload, cause);
  }

  /** The socket, connected to the current address; a new one if the address changed or it broke. */
  private ready(): Socket | null {
    const to = this.resolver.address;
    if (to === null) return null;
    if (this.socket !== null && this.connected === to) return this.socket;
    this.drop();
    try {
      // Not loaded before the first payload: an application starts without it.
      const { createSocket } = process.getBuiltinModule('node:dgram');
      const socket = createSocket({ type: to.family === 6 ? 'udp6' : 'udp4', lookup: immediate });
      socket.unref();
      // A refusal is told once: here, where nothing is sent after the datagram that it is about.
      socket.on('error', (error: NodeJS.ErrnoException) => {
        if (error.code === 'ECONNREFUSED') this.refused(clock());
        if (this.socket === socket) this.drop();
      });
      this.socket = socket;
      this.connected = to;
      // With a look-up that answers at once, both steps are done when the call returns. Without a
      // free descriptor the listener above has dropped the socket by then: it would never work.
      socket.connect(this.port, to.ip);
      return this.socket;
    } catch {
      this.drop();
      return null;
    }
  }

  private drop(): void {
    const { socket } = this;
    this.socket = null;
    this.connected = null;
    try {
      socket?.close();
    } catch {
      // Already closed.
    }
  }

  private get busy(): boolean {
    return this.flights.size > 0 || this.queue.length > 0;
  }

  private wake(): void {
    if (!this.busy) this.waiting.wake();
  }

  flush(): Promise<void> {
    if (!this.busy) return Promise.resolve();
    return this.waiting.wait();
  }

  flushSync(waitMs: number): void {
    this.drain();
    // Nothing waits for the kernel: what was sent is handed over, though no callback will say so.
    if (this.socket?.getSendQueueSize() === 0) {
      for (const flight of this.flights) this.answered(flight, null);
    }
    const rest = this.queue.splice(0);
    if (rest.length === 0) return;
    const chunks = rest.map((payload) => payload.buffer.subarray(0, payload.length));
    const handed = deliverLast({ kind: 'udp', host: this.host, port: this.port }, chunks, waitMs);
    for (const [at, payload] of rest.entries()) this.settle(payload, at < handed ? null : 'unresolved');
  }

  async close(): Promise<void> {
    await this.flush();
    this.closed = true;
    for (const payload of this.queue.splice(0)) this.settle(payload, 'closed');
    this.drop();
  }
}

/** Node looks even addresses up asynchronously; an address needs no look-up. */
function immediate(
  host: string,
  _options: unknown,
  callback: (error: Error | null, address: string, family: number) => void,
): void {
  callback(null, host === '' ? '0.0.0.0' : host, host.includes(':') ? 6 : 4);
}
