import { warnOnce } from '../../errors/warning.ts';
import { basesOfLookup, clearTimeout, now as clock, requireFrom, setTimeout } from '../../platform/index.ts';
import type { DropCause, Payload, Settle } from '../payload.ts';
import { Recent } from './recent.ts';
import type { Sink } from './sink.ts';
import { Waiting } from './waiting.ts';

/** Payloads that may wait: 4 MB of the default size. */
const QUEUE = 512;
const FIRST_RETRY_MS = 5;
const LAST_RETRY_MS = 500;
/** How long a server on the way out may leave unread what the kernel has. */
const UNREAD_MS = 10_000;

/** The part used of https://www.npmjs.com/package/unix-dgram; its callbacks run before the call returns. */
export interface UnixAddon {
  createSocket(type: 'unix_dgram'): {
    on(event: 'error', listener: (error: Error) => void): unknown;
    connect(path: string): void;
    send(buffer: Buffer, callback: (error?: { code?: unknown } | null) => void): void;
    close(): void;
  };
}

/** The addon, or why there is none: it is optional, and may be missing or built for another Node. */
export function findAddon(name = 'unix-dgram'): UnixAddon | string {
  if (!process.getBuiltinModule('node:worker_threads').isMainThread)
    return 'it works in the main thread only';
  for (const from of basesOfLookup()) {
    try {
      return requireFrom(from)(name) as UnixAddon;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'MODULE_NOT_FOUND')
        return String((error as Error).message);
    }
  }
  return `the package "${name}" is not installed`;
}

type Outcome = 'sent' | 'full' | 'absent' | 'too_long' | 'failed';

/**
 * Datagrams to a Unix socket. Each turn opens a socket, sends what waits and closes it: the
 * addon's sockets would keep the process alive, and sending does not take the event loop.
 */
export class UnixDatagramSink implements Sink {
  readonly url: string;
  readonly maxPayload: number;
  readonly newline = false;
  private readonly path: string;
  private readonly addon: UnixAddon;
  private readonly queue: Payload[] = [];
  private readonly waiting = new Waiting();
  private readonly recent = new Recent(UNREAD_MS);
  private settle: Settle = () => {};
  private unconfirmed: (samples: number) => void = () => {};
  private retry: ReturnType<typeof setTimeout> | null = null;
  private retryMs = FIRST_RETRY_MS;
  private closed = false;

  constructor(path: string, addon: UnixAddon, maxPayload = 8192) {
    this.path = path;
    this.addon = addon;
    this.maxPayload = maxPayload;
    this.url = `unix://${path}`;
  }

  open(settle: Settle, unconfirmed: (samples: number) => void): void {
    this.settle = settle;
    this.unconfirmed = unconfirmed;
  }

  send(payload: Payload): void {
    if (this.closed) {
      this.settle(payload, 'closed');
    } else if (this.queue.length >= QUEUE) {
      warnOnce(
        'RM_SEND_FAILED',
        `${this.url} full`,
        `${this.url} takes nothing and ${QUEUE} payloads wait: new ones are dropped and counted until it does`,
      );
      this.settle(payload, 'queue_full');
    } else {
      this.queue.push(payload);
      if (this.retry === null) this.pump();
    }
  }

  private pump(): void {
    const outcome = this.sendAll();
    if (outcome === 'absent') this.unconfirmed(this.recent.take(clock()));
    if (this.queue.length === 0) {
      this.retryMs = FIRST_RETRY_MS;
      this.waiting.wake();
      return;
    }
    if (this.retry !== null || this.closed) return;
    this.retry = setTimeout(
      () => {
        this.retry = null;
        this.pump();
      },
      outcome === 'full' ? FIRST_RETRY_MS : this.retryMs,
    );
    this.retry.unref();
    this.retryMs = Math.min(this.retryMs * 2, LAST_RETRY_MS);
  }

  /** Sends from the front of the queue until it is empty or the server takes no more. */
  private sendAll(): Outcome {
    let socket: ReturnType<UnixAddon['createSocket']>;
    let absent = false;
    try {
      socket = this.addon.createSocket('unix_dgram');
    } catch {
      return 'failed';
    }
    try {
      socket.on('error', () => {
        absent = true;
      });
      socket.connect(this.path);
      while (!absent && this.queue.length > 0) {
        const outcome = this.sendOne(socket, this.queue[0]!);
        if (outcome === 'full' || outcome === 'absent') return outcome;
        const cause: DropCause | null =
          outcome === 'sent' ? null : outcome === 'too_long' ? 'too_long' : 'send_failed';
        const payload = this.queue.shift()!;
        if (cause === null) this.recent.add(payload.samples, clock());
        this.settle(payload, cause);
      }
      return absent ? 'absent' : 'sent';
    } finally {
      try {
        socket.close();
      } catch {
        // Already closed.
      }
    }
  }

  private sendOne(socket: ReturnType<UnixAddon['createSocket']>, payload: Payload): Outcome {
    let outcome: Outcome = 'failed';
    socket.send(payload.buffer.subarray(0, payload.length), (error) => {
      if (error === undefined || error === null) outcome = 'sent';
      else if (error.code === 1) outcome = 'full';
      else outcome = ERRORS[String(error.code)] ?? 'failed';
    });
    return outcome;
  }

  flush(): Promise<void> {
    if (this.queue.length === 0) return Promise.resolve();
    return this.waiting.wait();
  }

  flushSync(waitMs: number): void {
    const until = clock() + waitMs;
    const sleeper = new Int32Array(new SharedArrayBuffer(4));
    while (this.queue.length > 0 && this.sendAll() === 'full' && clock() < until) {
      Atomics.wait(sleeper, 0, 0, 1);
    }
    for (const payload of this.queue.splice(0)) this.settle(payload, 'exit');
  }

  async close(): Promise<void> {
    await this.flush();
    this.closed = true;
    if (this.retry !== null) clearTimeout(this.retry);
    for (const payload of this.queue.splice(0)) this.settle(payload, 'closed');
  }
}

/** Linux's error numbers, negative, as the addon hands them on. */
const ERRORS: Readonly<Record<string, Outcome>> = {
  '-2': 'absent',
  '-104': 'absent',
  '-107': 'absent',
  '-111': 'absent',
  '-90': 'too_long',
};
