import type { Socket } from 'node:net';
import { Lines } from './lines.ts';

/** Threads that can be connected by one way: those of a cluster, or of a fleet. */
const MOST = 256;
/** Who has not shown the token by then is sent away. */
const HELLO_MS = 5_000;

/** A thread of an application that takes orders. */
export interface Thread {
  pid: number;
  /** 0 for the main thread. */
  thread: number;
  /** Of the machine or container that it runs on. */
  host: string;
  program: string;
  node: string;
  /** How long the start of a profile would hold its loop, in ms. */
  expected: number;
}

/** A connected thread, and what it says. */
export interface Connected extends Thread {
  /** The same for each connection of one thread; empty for older versions. */
  readonly instance: string;
  order(order: object): void;
}

export interface ThreadsHandler {
  /** A thread said something in answer to an order; `size` in bytes. */
  said(from: Connected, message: Record<string, unknown>, size: number): void;
  gone(from: Connected): void;
}

/** The threads that take orders, by whichever way they came. */
export class Threads {
  readonly #all = new Set<Connected>();
  readonly #handler: ThreadsHandler;

  constructor(handler: ThreadsHandler) {
    this.#handler = handler;
  }

  *[Symbol.iterator](): Iterator<Connected> {
    yield* this.#all;
  }

  /** The newest connection of a thread counts: an older one may be dead already. */
  add(thread: Connected): void {
    for (const other of this.#all) {
      if (thread.instance !== '' && other.instance === thread.instance) this.remove(other);
    }
    this.#all.add(thread);
  }

  remove(thread: Connected): void {
    if (this.#all.delete(thread)) this.#handler.gone(thread);
  }

  said(from: Connected, message: Record<string, unknown>, size: number): void {
    if (this.#all.has(from)) this.#handler.said(from, message, size);
  }
}

/** Connections of one way to this server. Each shows a token first, or is sent away. */
export class Connections {
  readonly #threads: Threads;
  readonly #sockets = new Set<Socket>();

  constructor(threads: Threads) {
    this.#threads = threads;
  }

  /** Whether there is room for one more. */
  get hasRoom(): boolean {
    return this.#sockets.size < MOST;
  }

  accept(socket: Socket, isKnown: (token: unknown) => boolean): void {
    if (!this.hasRoom) {
      socket.destroy();
      return;
    }
    this.#sockets.add(socket);
    let connected: Connected | undefined;
    const hello = setTimeout(() => socket.destroy(), HELLO_MS);
    const lines = new Lines((line) => {
      // What came with a wrong token is not read.
      if (socket.destroyed) return;
      const message = objectOf(line);
      if (message === undefined) socket.destroy();
      else if (connected !== undefined) this.#threads.said(connected, message, line.length);
      else if (isKnown(message.token)) {
        clearTimeout(hello);
        const order = (what: object) => void socket.write(`${JSON.stringify(what)}\n`);
        connected = { ...threadOf(message), instance: String(message.instance ?? '').slice(0, 64), order };
        lines.trust();
        this.#threads.add(connected);
      } else socket.destroy();
    });
    socket.on('data', (chunk) => {
      if (!lines.read(chunk)) socket.destroy();
    });
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      clearTimeout(hello);
      lines.end();
      this.#sockets.delete(socket);
      if (connected !== undefined) this.#threads.remove(connected);
    });
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy();
  }
}

function objectOf(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function threadOf({ pid, thread, host, program, node, expected }: Record<string, unknown>): Thread {
  return {
    pid: Number(pid),
    thread: Number(thread),
    host: String(host ?? '').slice(0, 256),
    program: String(program).slice(0, 1024),
    node: String(node).slice(0, 64),
    expected: Number(expected),
  };
}
