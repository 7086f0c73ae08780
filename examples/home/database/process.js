import pg from 'pg';
import { startChild } from '../child.js';

/** Fewer than a rush asks for at once: then requests wait for a connection, too. */
const CONNECTIONS = 4;

/** Starts the database; `pool` has connections to it. */
export async function startDatabase() {
  const { message, stop } = await startChild(new URL('./server.js', import.meta.url));
  const pool = new pg.Pool({
    host: '127.0.0.1',
    port: message.port,
    user: 'postgres',
    database: 'postgres',
    max: CONNECTIONS,
  });
  // A connection that breaks while nobody uses it is made anew by the pool.
  pool.on('error', () => {});
  return {
    pool,
    async stop() {
      await pool.end();
      stop();
    },
  };
}
