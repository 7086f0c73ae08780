import { createApp } from './app.js';
import { startUpstream } from './upstream/process.js';

const upstream = await startUpstream();
export const server = createApp(upstream.url).listen(
  Number(process.env.PORT ?? 3000),
  '127.0.0.1',
  (error) => {
    if (error) throw error;
    console.log(`home listens on http://127.0.0.1:${server.address().port}`);
  },
);

function stop() {
  server.close(() => upstream.stop());
  // Streams stay open by design: they get half a second to notice.
  setTimeout(() => server.closeAllConnections(), 500).unref();
}
process.once('SIGINT', stop);
process.once('SIGTERM', stop);
