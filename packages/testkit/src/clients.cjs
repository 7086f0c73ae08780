const { Duplex } = require('node:stream');

const ANSWERED = 'HTTP/1.1 200';

/**
 * Clients without a network: connections that are streams in the server's process, and requests that come one
 * per turn of the loop, from outside any context. What is measured is then the server's alone. In plain JavaScript:
 * benchmarks on every Node load it as it is.
 */
class Clients {
  /** @param paths one, or several that are asked for in turn. */
  constructor(server, paths, count = 4) {
    this.turn = this.turn.bind(this);
    this.requests = [paths]
      .flat()
      .map((path) => Buffer.from(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`));
    this.next = 0;
    this.free = [];
    this.left = 0;
    this.open = 0;
    for (let i = 0; i < count; i++) {
      const connection = new Connection(() => {
        this.open--;
        this.free.push(connection);
      });
      server.emit('connection', connection);
      this.free.push(connection);
    }
  }

  /** Resolves when so many more requests are answered. */
  send(amount) {
    this.left = amount;
    return new Promise((done) => {
      this.done = done;
      setImmediate(this.turn);
    });
  }

  turn() {
    if (this.left === 0 && this.open === 0) {
      this.done();
      return;
    }
    const connection = this.left > 0 ? this.free.shift() : undefined;
    if (connection !== undefined) {
      this.left--;
      this.open++;
      connection.push(this.requests[this.next]);
      this.next = (this.next + 1) % this.requests.length;
    }
    setImmediate(this.turn);
  }
}

class Connection extends Duplex {
  constructor(answered) {
    super();
    this.answered = answered;
  }

  _read() {}

  _write(chunk, _encoding, done) {
    // Node may hand over a body, or nothing, in a piece of its own.
    const head = chunk.toString('latin1', 0, ANSWERED.length);
    if (head === ANSWERED) this.answered();
    else if (head.startsWith('HTTP')) throw new Error(`answered ${head}`);
    done();
  }

  setTimeout() {
    return this;
  }
  setNoDelay() {
    return this;
  }
  setKeepAlive() {
    return this;
  }
}

exports.Clients = Clients;
