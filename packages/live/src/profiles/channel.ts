import { randomBytes, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Threads that can be connected: those of a cluster, with all their workers. */
const MOST = 256;
/** A profile of 30 s has 1 to 4 MB. */
const LONGEST = 64 * 1024 * 1024;
/** Who has not shown the token by then is sent away. */
const HELLO_MS = 5_000;

/** A thread of the application that takes orders. */
export interface Thread {
  pid: number;
  /** 0 for the main thread. */
  thread: number;
  program: string;
  node: string;
  /** How long the start of a profile would hold its loop, in ms. */
  expected: number;
}

/** A connected thread, and what it says. */
export interface Connected extends Thread {
  order(order: object): void;
}

export interface ChannelHandler {
  /** A thread said something in answer to an order; `size` in bytes. */
  said(from: Connected, message: Record<string, unknown>, size: number): void;
  gone(from: Connected): void;
}

/**
 * The way of orders to the application that this server runs: its threads connect to a local socket in a
 * folder that only this user can enter, and show the token of the run, which stands in their environment.
 */
export class Channel {
  readonly threads = new Set<Connected>();
  readonly #token = randomBytes(24).toString('hex');
  readonly #handler: ChannelHandler;
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;
  #folder: string | undefined;

  constructor(handler: ChannelHandler) {
    this.#handler = handler;
  }

  /** Opens it, and returns what the application is told: `TOKEN@PATH`. */
  async open(): Promise<string> {
    const path = await this.#path();
    const server = createServer((socket) => this.#accept(socket));
    this.#server = server;
    server.listen(path);
    await once(server, 'listening');
    // Without a file descriptor left, a connection cannot be accepted: later ones can.
    server.on('error', () => {});
    return `${this.#token}@${path}`;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    const server = this.#server;
    if (server?.listening === true) await new Promise((resolve) => server.close(resolve));
    if (this.#folder !== undefined) await rm(this.#folder, { recursive: true, force: true });
  }

  async #path(): Promise<string> {
    if (process.platform === 'win32')
      return `\\\\.\\pipe\\routemeter-live-${randomBytes(12).toString('hex')}`;
    // Only its owner may enter such a folder.
    this.#folder = await mkdtemp(join(tmpdir(), 'routemeter-live-'));
    return join(this.#folder, 'orders');
  }

  #accept(socket: Socket): void {
    if (this.#sockets.size >= MOST) {
      socket.destroy();
      return;
    }
    this.#sockets.add(socket);
    let connected: Connected | undefined;
    const hello = setTimeout(() => socket.destroy(), HELLO_MS);
    const read = lines(socket, (line) => {
      const message = objectOf(line);
      if (message === undefined) socket.destroy();
      else if (connected !== undefined) this.#handler.said(connected, message, line.length);
      else if (this.#isKnown(message.token)) {
        clearTimeout(hello);
        const order = (what: object) => void socket.write(`${JSON.stringify(what)}\n`);
        connected = { ...threadOf(message), order };
        this.threads.add(connected);
      } else socket.destroy();
    });
    socket.on('data', read);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      clearTimeout(hello);
      this.#sockets.delete(socket);
      if (connected === undefined) return;
      this.threads.delete(connected);
      this.#handler.gone(connected);
    });
  }

  #isKnown(token: unknown): boolean {
    if (typeof token !== 'string') return false;
    const [given, own] = [Buffer.from(token), Buffer.from(this.#token)];
    return given.length === own.length && timingSafeEqual(given, own);
  }
}

/** Splits what comes at line ends. Before the token was shown nothing long can come. */
function lines(socket: Socket, each: (line: string) => void): (chunk: Buffer) => void {
  let parts: Buffer[] = [];
  let size = 0;
  return (chunk) => {
    let from = 0;
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, from)) {
      parts.push(chunk.subarray(from, end));
      each(Buffer.concat(parts).toString());
      parts = [];
      size = 0;
      from = end + 1;
    }
    if (from < chunk.length) parts.push(chunk.subarray(from));
    size += chunk.length - from;
    if (size > LONGEST) socket.destroy();
  };
}

function objectOf(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function threadOf({ pid, thread, program, node, expected }: Record<string, unknown>): Thread {
  return {
    pid: Number(pid),
    thread: Number(thread),
    program: String(program).slice(0, 1024),
    node: String(node).slice(0, 64),
    expected: Number(expected),
  };
}
