import type { Server } from 'node:http';
import { Duplex } from 'node:stream';

/**
 * A client without a network: connections that are streams in this process, and requests that come
 * one per turn of the loop, from outside any context. What is counted is then the server's alone.
 */
export class Sockets {
  private readonly free: Connection[] = [];
  private readonly request: Buffer;
  private left = 0;
  private open = 0;
  private done: () => void = () => {};

  constructor(server: Server, path: string, count = 4) {
    this.request = Buffer.from(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
    for (let i = 0; i < count; i++) {
      const connection = new Connection(() => {
        this.open--;
        this.free.push(connection);
      });
      server.emit('connection', connection);
      this.free.push(connection);
    }
  }

  /** Resolves when so many more requests were answered. */
  send(requests: number): Promise<void> {
    this.left = requests;
    return new Promise((done) => {
      this.done = done;
      setImmediate(this.turn);
    });
  }

  private readonly turn = (): void => {
    if (this.left === 0 && this.open === 0) {
      this.done();
      return;
    }
    const connection = this.left > 0 ? this.free.shift() : undefined;
    if (connection !== undefined) {
      this.left--;
      this.open++;
      connection.push(this.request);
    }
    setImmediate(this.turn);
  };
}

class Connection extends Duplex {
  private readonly answered: () => void;

  constructor(answered: () => void) {
    super();
    this.answered = answered;
  }

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    // Node may hand over a body, or nothing, in a piece of its own.
    const head = chunk.toString('latin1', 0, 12);
    if (head === 'HTTP/1.1 200') this.answered();
    else if (head.startsWith('HTTP')) throw new Error(`answered ${head}`);
    done();
  }

  setTimeout(): this {
    return this;
  }
  setNoDelay(): this {
    return this;
  }
  setKeepAlive(): this {
    return this;
  }
}
