import { createApp } from './app.js';
import { startDatabase } from './database/process.js';
import { startUpstream } from './upstream/process.js';

const [upstream, database] = await Promise.all([startUpstream(), startDatabase()]);
export const server = createApp({ upstreamUrl: upstream.url, pool: database.pool }).listen(
  Number(process.env.PORT ?? 3000),
  '127.0.0.1',
  (error) => {
    if (error) throw error;
    console.log(`home listens on http://127.0.0.1:${server.address().port}`);
  },
);

function stop() {
  server.close(() => {
    upstream.stop();
    database.stop();
  });
  // Streams stay open by design: they get half a second to notice.
  setTimeout(() => server.closeAllConnections(), 500).unref();
}
process.once('SIGINT', stop);
process.once('SIGTERM', stop);
