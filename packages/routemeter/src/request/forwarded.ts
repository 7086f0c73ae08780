import { ClientRequest, type IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { shared, sharedPorts } from '../attribution/index.ts';
import { currentUnit } from '../unit/index.ts';
import { ELSEWHERE, type Forwarder, type RequestSpan, requestOf } from './span.ts';
import { UnixForwarded } from './unix.ts';

/** In place of a port. */
const UNIX = 0;
/** On undici's request, the same object in all of its messages: what it was sent for. */
const SENT_FOR = Symbol('routemeter.sentFor');

interface UndiciRequest {
  [SENT_FOR]?: RequestSpan;
  method?: unknown;
  path?: unknown;
}

/**
 * Knows requests that this process forwards to another server of its own, in this thread or another:
 * made while a request is answered, over the loopback interface, by the same method and for the same
 * path, or what is left of it without a prefix. The server that they reach knows them by the port they
 * come from.
 *
 * Not to be known: over HTTP/2, and in threads that started before the library.
 */
export class Forwarded {
  /** By the port of the sender: a hash of method, path and port of the receiver, 0 for none. At 0 whether there ever was one. */
  private readonly marks = sharedPorts();
  /** By the port of the sender, of this thread. Each leaves when it arrives or its connection closes. */
  private readonly spans = new Map<number, RequestSpan>();
  private readonly watched = new WeakSet<Socket>();
  private readonly unix = new UnixForwarded();

  /** The request that `request` was forwarded by; asked once, when it arrives. */
  take(request: IncomingMessage): Forwarder | null {
    const { marks, unix } = this;
    if (marks[0] === 0 && !unix.isUsed) return null;
    const { remotePort, localPort, remoteAddress, localAddress } = request.socket;
    if (localPort === undefined && unix.isUsed) {
      return unix.take(hash(request.method ?? '', request.url ?? '', UNIX));
    }
    if (remotePort === undefined || localPort === undefined || remoteAddress !== localAddress) return null;
    const mark = marks[remotePort];
    if (mark === 0 || mark !== hash(request.method ?? '', request.url ?? '', localPort)) return null;
    const span = this.spans.get(remotePort);
    this.clear(remotePort);
    return span ?? ELSEWHERE;
  }

  /** Watches what this process sends, by `node:http` and by undici, which `fetch` is made of. */
  watch(): void {
    const forwarded = this;
    type OnSocket = (this: ClientRequest, socket: Socket, ...more: unknown[]) => unknown;
    const requests = ClientRequest.prototype as unknown as { onSocket: OnSocket };
    const original = requests.onSocket;
    requests.onSocket = function onSocket(socket): unknown {
      const { socketPath } = this as ClientRequest & { socketPath?: unknown };
      const isUnix = typeof socketPath === 'string';
      forwarded.sent(requestOf(currentUnit()), socket, this.method, this.path, isUnix);
      // biome-ignore lint/complexity/noArguments: passes on whatever was given, without making an array
      return original.apply(this, arguments as never);
    };
    const { subscribe } = process.getBuiltinModule('node:diagnostics_channel');
    subscribe('undici:request:create', (message) => {
      const span = requestOf(currentUnit());
      if (span !== null) (message as { request: UndiciRequest }).request[SENT_FOR] = span;
    });
    subscribe('undici:client:sendHeaders', (message) => {
      const { request, socket } = message as { request: UndiciRequest; socket: Socket };
      // It has connected by then, to a port or to none.
      const isUnix = socket?.localPort === undefined;
      this.sent(request[SENT_FOR] ?? null, socket, String(request.method), String(request.path), isUnix);
    });
  }

  /** A request ends: whether it counts in another thread of this process, and not here. */
  leave(span: RequestSpan): boolean {
    return this.unix.leave(span);
  }

  private sent(
    span: RequestSpan | null,
    socket: Socket | undefined,
    method: string,
    path: string,
    isUnix: boolean,
  ): void {
    if (socket === undefined || socket === null) return;
    const isForwarded = span !== null && !span.ended && isPassedOn(span, method, path);
    if (isUnix) {
      if (isForwarded) this.unix.sent(span, hash(method, path, UNIX));
      return;
    }
    if (!isForwarded && !this.watched.has(socket)) return;
    if (socket.connecting)
      socket.once('connect', () => this.mark(socket, isForwarded ? span : null, method, path));
    else this.mark(socket, isForwarded ? span : null, method, path);
  }

  private mark(socket: Socket, span: RequestSpan | null, method: string, path: string): void {
    const { localPort, remotePort, localAddress, remoteAddress } = socket;
    if (localPort === undefined || remotePort === undefined || localAddress !== remoteAddress) return;
    // A server that asks itself is asked for something of its own.
    if (span === null || remotePort === span.server?.port) {
      this.clear(localPort);
      return;
    }
    if (!this.watched.has(socket)) {
      this.watched.add(socket);
      socket.once('close', () => this.clear(localPort));
    }
    this.marks[0] = 1;
    this.spans.set(localPort, span);
    this.marks[localPort] = hash(method, path, remotePort);
  }

  private clear(port: number): void {
    this.marks[port] = 0;
    this.spans.delete(port);
  }
}

/** Whether a request says the same as the one that is being answered, but for a prefix of its path. */
function isPassedOn(span: RequestSpan, method: string, path: string): boolean {
  if (span.server === null || span.method !== method) return false;
  return span.url === path || (/^\/[^?]/.test(path) && span.url.endsWith(path));
}

/** FNV-1a, never 0. */
function hash(method: string, path: string, port: number): number {
  let value = 0x811c9dc5 ^ port;
  for (const text of [method, path]) {
    for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  }
  return value >>> 0 || 1;
}

let own: Forwarded | undefined;

/** A request ends: whether it counts in another thread of this process, and not here. */
export function countsElsewhere(span: RequestSpan): boolean {
  return own?.leave(span) ?? false;
}

/** The process's; in each thread one. */
export function forwarded(): Forwarded {
  own ??= shared('forwarded', () => {
    const made = new Forwarded();
    made.watch();
    return made;
  });
  return own;
}
