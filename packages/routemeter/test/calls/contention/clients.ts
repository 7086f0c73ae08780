import type { Ports } from '../peers.ts';

/** A client of one upstream, as the contention's app uses it. */
export interface Client {
  /** One call that is answered at once. */
  ask(): Promise<unknown>;
  /** One call that the server sleeps over; resolves with how long it slept by its own clock, in ms. */
  sleep(ms: number): Promise<number>;
  close(): Promise<unknown>;
}

/** A library whose calls the app makes, over pools of a given size. */
export interface Library {
  /** What is imported, and handed to `upstreams()` where there is no preload. */
  package: string;
  open(module: never, ports: Ports, connections: number): Promise<Client>;
}

interface Pg {
  Pool: new (
    options: object,
  ) => {
    query(text: string, values?: unknown[]): Promise<{ rows: Array<Record<string, number>> }>;
    end(): Promise<void>;
  };
}

interface Ioredis {
  Redis: new (
    options: object,
  ) => {
    get(key: string): Promise<unknown>;
    call(...words: string[]): Promise<unknown>;
    quit(): Promise<unknown>;
  };
}

interface Redis {
  createClientPool(
    options: object,
    pool: object,
  ): {
    connect(): Promise<unknown>;
    get(key: string): Promise<unknown>;
    sendCommand(words: string[]): Promise<unknown>;
    close(): Promise<unknown>;
  };
}

export const LIBRARIES: Readonly<Record<string, Library>> = {
  pg: {
    package: 'pg',
    async open({ Pool }: Pg, { postgresql: port }, max) {
      const pool = new Pool({ host: '127.0.0.1', port, user: 'test', database: 'postgres', max });
      return {
        ask: () => pool.query('select name from items where id = $1', [1]),
        sleep: async (ms) => {
          const text = `select clock_timestamp() as began, pg_sleep($1), clock_timestamp() as ended`;
          const { rows } = await pool.query(
            `select 1000 * extract(epoch from ended - began)::float8 as ms from (${text}) as slept`,
            [ms / 1000],
          );
          return rows[0]!.ms!;
        },
        close: () => pool.end(),
      };
    },
  },
  ioredis: {
    package: 'ioredis6',
    async open({ Redis: Client }: Ioredis, { redis: port }) {
      const client = new Client({ host: '127.0.0.1', port });
      return {
        ask: () => client.get('key'),
        // The server sleeps by nanosleep(), at least as long as it is told.
        sleep: async (ms) => {
          await client.call('debug', 'sleep', String(ms / 1000));
          return ms;
        },
        close: () => client.quit(),
      };
    },
  },
  redis: {
    package: 'redis6',
    async open({ createClientPool }: Redis, { redis: port }, maximum) {
      const pool = createClientPool({ socket: { host: '127.0.0.1', port } }, { minimum: 1, maximum });
      await pool.connect();
      return {
        ask: () => pool.get('key'),
        sleep: async (ms) => {
          await pool.sendCommand(['DEBUG', 'SLEEP', String(ms / 1000)]);
          return ms;
        },
        close: () => pool.close(),
      };
    },
  },
};

/** Pool sizes, by the first part of the routes' paths. */
export const SIZES = { one: 1, two: 2, ten: 10 } as const;

export const MANY = 37;
export const FAN = 5;
export const SLEEP_MS = 15;
