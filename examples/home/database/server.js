// PostgreSQL without an installation: PGlite behind a socket, so that the app talks to it with an ordinary driver.
import { PGlite } from '@electric-sql/pglite';
import { PGLiteSocketServer } from '@electric-sql/pglite-socket';
import { endWithParent } from '../child.js';

const TABLES = `
  CREATE TABLE users (id int PRIMARY KEY, name text NOT NULL);
  CREATE TABLE friends (user_id int NOT NULL, friend_id int NOT NULL, PRIMARY KEY (user_id, friend_id));
  CREATE TABLE posts (id int PRIMARY KEY, author_id int NOT NULL, body text NOT NULL);
`;

// 500 people with eight friends and six posts each.
const ROWS = `
  INSERT INTO users SELECT id, 'User ' || id FROM generate_series(1, 500) id;
  INSERT INTO friends
    SELECT u.id, 1 + (u.id + n * 37) % 500 FROM users u, generate_series(1, 8) n;
  INSERT INTO posts
    SELECT (u.id - 1) * 6 + n, u.id, 'post ' || n || ' of ' || u.name FROM users u, generate_series(1, 6) n;
  CREATE INDEX ON posts (author_id);
  ANALYZE;
`;

endWithParent();
const db = await PGlite.create();
await db.exec(TABLES);
await db.exec(ROWS);
const server = new PGLiteSocketServer({ db, host: '127.0.0.1', port: 0, maxConnections: 10 });
server.addEventListener('listening', ({ detail }) => process.send({ port: detail.port }));
await server.start();
