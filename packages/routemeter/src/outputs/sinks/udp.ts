import { createSocket, type Socket } from 'node:dgram';
import { warnOnce } from '../../errors/warning.ts';
import type { DropCause, Payload, Settle } from '../payload.ts';
import { type Address, Resolver } from './address.ts';
import type { Sink } from './sink.ts';

/** Payloads that may wait for an address or for the kernel: about 0.7 MB. */
const QUEUE = 512;
const FLUSH_MS = 1_000;

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
  private readonly port: number;
  private readonly resolver: Resolver;
  private readonly queue: Payload[] = [];
  private readonly idle: Array<() => void> = [];
  private settle: Settle = () => {};
  private unconfirmed: (samples: number) => void = () => {};
  private socket: Socket | null = null;
  private connected: Address | null = null;
  /** Payloads that the socket has and the kernel has not yet answered for. */
  private flying = 0;
  private lastSamples = 0;
  private closed = false;

  constructor(host: string, port: number, maxPayload = 1432) {
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
    const now = performance.now();
    if (this.resolver.due(now)) void this.resolver.resolve(now).then(() => this.drain());
    if (this.resolver.address === null || this.flying + this.queue.length >= QUEUE) {
      this.enqueue(payload);
      return;
    }
    this.transmit(payload);
  }

  /** Keeps the oldest payloads and refuses new ones: what waits is the start of the trouble. */
  private enqueue(payload: Payload): void {
    if (this.flying + this.queue.length >= QUEUE) this.settle(payload, 'queue_full');
    else this.queue.push(payload);
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
    this.flying++;
    try {
      socket.send(payload.buffer, 0, payload.length, (error) => this.answered(payload, error, again));
    } catch (error) {
      this.answered(payload, error as NodeJS.ErrnoException, true);
    }
  }

  private answered(payload: Payload, error: NodeJS.ErrnoException | null, again: boolean): void {
    this.flying--;
    if (error === null) {
      this.lastSamples = payload.samples;
      this.settle(payload, null);
    } else if (error.code === 'ECONNREFUSED' && !again && !this.closed) {
      // The error belongs to the datagram before this one, which nobody read.
      this.unconfirmed(this.lastSamples);
      this.lastSamples = 0;
      this.transmit(payload, true);
    } else {
      this.failed(payload, error);
    }
    this.wake();
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
      const socket = createSocket({ type: to.family === 6 ? 'udp6' : 'udp4', lookup: immediate });
      socket.unref();
      socket.on('error', () => {
        if (this.socket === socket) this.drop();
      });
      // With a look-up that answers at once, both steps are done when the call returns.
      socket.connect(this.port, to.ip);
      this.socket = socket;
      this.connected = to;
      return socket;
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
    return this.flying > 0 || this.queue.length > 0;
  }

  private wake(): void {
    if (this.busy || this.idle.length === 0) return;
    for (const resolve of this.idle.splice(0)) resolve();
  }

  flush(): Promise<void> {
    if (!this.busy) return Promise.resolve();
    return new Promise((resolve) => {
      // Held only while somebody awaits this: else an `await meter.flush()` at the end of a
      // program would never come back.
      const timer = setTimeout(done, FLUSH_MS);
      function done(): void {
        clearTimeout(timer);
        resolve();
      }
      this.idle.push(done);
    });
  }

  flushSync(): void {
    this.drain();
    for (const payload of this.queue.splice(0)) this.settle(payload, 'unresolved');
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
