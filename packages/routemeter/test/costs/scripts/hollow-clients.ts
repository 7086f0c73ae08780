// Libraries that do nothing but answer a turn of the loop later: what following their calls costs is all there is.
import { channel } from 'node:diagnostics_channel';

const turn = () => new Promise<void>((done) => setImmediate(done));

type Done = (error: Error | null, value?: unknown) => void;

class Redis {
  status = 'ready';
  options = { host: '127.0.0.1', port: 6379 };
  sendCommand(command: { promise: Promise<unknown>; resolve: (value: unknown) => void }): Promise<unknown> {
    setImmediate(() => command.resolve('value'));
    return command.promise;
  }
}
class Pipeline {
  addBatch(): void {}
  sendCommand(): void {}
  exec(): void {}
}
class Client {
  host = '127.0.0.1';
  port = 5432;
  connect(): void {}
  _pulseQueryQueue(): void {}
  query(_text: string, _values: unknown, done: Done): void {
    setImmediate(() => done(null, { rows: [] }));
  }
}
class Pool {
  options = { host: '127.0.0.1', port: 5432 };
  idleCount = 1;
  waitingCount = 0;
  client = new Client();
  newClient(): void {}
  connect(done: Done): void {
    done(null, this.client);
  }
  query(text: string, values?: unknown): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.connect((_error, client) =>
        (client as Client).query(text, values, (error, result) => (error ? reject(error) : resolve(result))),
      );
    });
  }
}

const [create, headers, trailers] = ['create', 'headers', 'trailers'].map((name) =>
  channel(`undici:request:${name}`),
);
const redis = new Redis();
const pool = new Pool();
export const CLIENTS: Record<string, () => Promise<unknown>> = {
  ioredis() {
    let resolve!: (value: unknown) => void;
    const promise = new Promise((done) => {
      resolve = done;
    });
    return redis.sendCommand({ name: 'get', promise, resolve, reject: resolve } as never);
  },
  pg: () => pool.query('select 1'),
  async fetch() {
    const request = { origin: 'http://127.0.0.1:3000', method: 'GET', path: '/' };
    create!.publish({ request });
    await turn();
    headers!.publish({ request, response: { statusCode: 200 } });
    trailers!.publish({ request });
  },
};

/** What `upstreams()` is given. */
export const MODULES = [
  { Redis, Pipeline },
  { Client, Pool },
] as const;
