import type { Socket } from 'node:net';
import { rest } from '../store/breathe.ts';
import { ApiError, type Exchange } from './endpoint.ts';

/**
 * Each question rests after 2 ms of work, so that packets are read; several at once would work one after the
 * other before anything is read. So few are worked on at a time that the kernel's buffer holds what comes.
 */
const MAX_AT_ONCE = 3;
/** Beyond that nobody waits for the answer. */
const MAX_WAITING = 256;
/** Bytes of answers that clients have not taken yet: some hundred connections could hold megabytes each. */
const MAX_UNREAD = 64 * 1024 * 1024;

/** Bounds what clients of the API can cost: time, which is taken from reading packets, and memory. */
export class Gate {
  readonly #waiting: (() => void)[] = [];
  /** Bytes by connection, for as long as it is open: a pipelined answer whose turn never came is not closed. */
  readonly #held = new WeakMap<Socket, number>();
  #running = 0;
  #unread = 0;

  /** Runs `work` when it is its turn; undefined where the client is gone by then. */
  async run<T>({ req }: Exchange, work: () => Promise<T>): Promise<T | undefined> {
    if (this.#running >= MAX_AT_ONCE) {
      if (this.#waiting.length >= MAX_WAITING) throw busy(`${MAX_WAITING} requests are waiting already`);
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    } else this.#running++;
    try {
      return req.socket.destroyed ? undefined : await work();
    } finally {
      // Some answers are made in one go: without a rest those that wait would follow in the same turn.
      if (this.#waiting.length === 0) this.#running--;
      else void rest().then(() => this.#next());
    }
  }

  #next(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#running--;
    else next();
  }

  /** Sends the whole body; throws where too much that was sent is not read. */
  send({ req: { socket }, res }: Exchange, type: string, body: Buffer): void {
    if (socket.destroyed) return;
    if (this.#unread + body.length > MAX_UNREAD) throw busy('too many answers are not read');
    if (!this.#held.has(socket)) {
      this.#held.set(socket, 0);
      socket.once('close', () => {
        this.#hold(socket, -this.#held.get(socket)!);
        this.#held.delete(socket);
      });
    }
    this.#hold(socket, body.length);
    res.once('close', () => this.#held.has(socket) && this.#hold(socket, -body.length));
    res.writeHead(200, { 'content-type': type, 'cache-control': 'no-store' });
    res.end(body);
  }

  #hold(socket: Socket, bytes: number): void {
    this.#unread += bytes;
    this.#held.set(socket, this.#held.get(socket)! + bytes);
  }
}

function busy(why: string): ApiError {
  return new ApiError(503, 'BUSY', `${why}; ask again later`);
}
