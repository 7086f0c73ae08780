import http from 'node:http';
import type { AddressInfo } from 'node:net';
import pg from 'pg';
import { debianPrograms } from '../../../testkit/src/servers/debian.ts';
import { POSTGRESQL_PROGRAMS, startPostgresql } from '../../../testkit/src/servers/postgresql.ts';
import { REDIS_PROGRAMS, startRedis } from '../../../testkit/src/servers/redis.ts';

/** Where each peer listens; 0 for those whose programs are not there. */
export interface Ports {
  http: number;
  postgresql: number;
  redis: number;
}

export interface Peers {
  /** Which programs are not there; null where all are. */
  missing: string | null;
  ports: Ports;
  /** Runs one statement, over a connection of its own. */
  sql(statement: string): Promise<void>;
  stop(): Promise<void>;
}

/** Starts what an app calls: PostgreSQL, Redis, and an HTTP server that answers with `answer`. */
export async function startPeers(answer: http.RequestListener): Promise<Peers> {
  const missing = await debianPrograms({ ...POSTGRESQL_PROGRAMS, ...REDIS_PROGRAMS });
  const [postgresql, redis] = missing === null ? await Promise.all([startPostgresql(), startRedis()]) : [];
  const upstream = http.createServer(answer);
  await new Promise<void>((listening) => upstream.listen(0, '127.0.0.1', listening));
  return {
    missing,
    ports: {
      http: (upstream.address() as AddressInfo).port,
      postgresql: postgresql?.port ?? 0,
      redis: redis?.port ?? 0,
    },
    async sql(statement) {
      if (postgresql === undefined) return;
      const { port, user, database } = postgresql;
      const client = new pg.Client({ host: '127.0.0.1', port, user, database });
      await client.connect();
      await client.query(statement);
      await client.end();
    },
    async stop() {
      upstream.closeAllConnections();
      upstream.close();
      await Promise.all([postgresql?.stop(), redis?.stop()]);
    },
  };
}
