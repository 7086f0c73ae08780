import { connect, type NetConnectOpts, type Socket } from 'node:net';
import type { Books } from './books.ts';
import type { ForwardTarget } from './forwarder.ts';
import { pieces } from './pieces.ts';

export interface StreamTargetOptions {
  to: NetConnectOpts;
  /** Each payload stands behind its length in four bytes, little-endian, as the Datadog Agent reads Unix streams. */
  isFramed: boolean;
  /** Of one frame. */
  size: number;
}

interface Waiting {
  bytes: Buffer;
  lines: number;
}

/** What waits for the target, connected or not; more is dropped. */
const MAX_WAITING = 8 * 1024 * 1024;
const MAX_ENTRIES = 65_536;
const FIRST_RETRY_MS = 100;
const LAST_RETRY_MS = 5000;
/** How long the end waits for what is on its way out. */
const CLOSE_MS = 2000;
const NEWLINE = Buffer.from('\n');

/** Sends lines on over a connection, which is made again when it breaks. What waits meanwhile is kept, within bounds. */
export class StreamTarget implements ForwardTarget {
  readonly books: Books;
  readonly #options: StreamTargetOptions;
  #queue: Waiting[] = [];
  /** Bytes in the queue and in the socket. */
  #waiting = 0;
  /** Writes whose end is not known. */
  #flying = 0;
  #socket: Socket | undefined;
  #isConnected = false;
  #retry: NodeJS.Timeout | undefined;
  #retryMs = FIRST_RETRY_MS;
  #isClosed = false;
  #lastError = 'not connected yet';

  constructor(options: StreamTargetOptions, books: Books) {
    this.#options = options;
    this.books = books;
    this.#connect();
  }

  send(payload: Uint8Array): void {
    const { isFramed, size } = this.#options;
    for (const { bytes, lines } of pieces(payload, size)) {
      const length = Buffer.alloc(isFramed ? 4 : 0);
      if (isFramed) length.writeUInt32LE(bytes.length);
      const one = { bytes: Buffer.concat(isFramed ? [length, bytes] : [bytes, NEWLINE]), lines };
      if (
        this.#isClosed ||
        this.#waiting + one.bytes.length > MAX_WAITING ||
        this.#queue.length >= MAX_ENTRIES
      ) {
        this.books.dropped(lines, `more than can wait (${this.#lastError})`);
        continue;
      }
      this.#waiting += one.bytes.length;
      if (this.#isConnected) this.#write(one);
      else this.#queue.push(one);
    }
  }

  async close(): Promise<void> {
    const end = performance.now() + CLOSE_MS;
    while ((this.#queue.length > 0 || this.#flying > 0) && performance.now() < end) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    this.#isClosed = true;
    clearTimeout(this.#retry);
    const left = this.#queue.reduce((sum, { lines }) => sum + lines, 0);
    this.#queue = [];
    if (left > 0) this.books.dropped(left, `not taken before the end (${this.#lastError})`);
    const socket = this.#socket;
    if (socket === undefined) return;
    await new Promise<void>((resolve) => {
      socket.once('close', () => resolve());
      const late = setTimeout(() => socket.destroy(), Math.max(50, end - performance.now()));
      socket.end(() => {
        clearTimeout(late);
        socket.destroy();
      });
      if (!this.#isConnected) socket.destroy();
    });
  }

  #connect(): void {
    this.#retry = undefined;
    const socket = connect(this.#options.to);
    this.#socket = socket;
    socket.unref();
    // Nothing is expected back, and what comes must not fill a buffer.
    socket.resume();
    socket.on('connect', () => {
      this.#isConnected = true;
      this.#retryMs = FIRST_RETRY_MS;
      this.#lastError = 'it is slow to take them';
      const queue = this.#queue;
      this.#queue = [];
      for (const one of queue) this.#write(one);
    });
    socket.on('error', (error) => {
      this.#lastError = error.message;
    });
    // A server that ends its side reads no more.
    socket.on('end', () => socket.destroy());
    socket.on('close', () => {
      this.#isConnected = false;
      this.#socket = undefined;
      if (this.#isClosed) return;
      this.#retry = setTimeout(() => this.#connect(), this.#retryMs);
      this.#retry.unref();
      this.#retryMs = Math.min(LAST_RETRY_MS, this.#retryMs * 2);
    });
  }

  #write({ bytes, lines }: Waiting): void {
    this.#flying++;
    this.#socket!.write(bytes, (error) => {
      this.#flying--;
      this.#waiting -= bytes.length;
      if (error == null) this.books.sent(lines);
      else this.books.failed(lines, error.message);
    });
  }
}
