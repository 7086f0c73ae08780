import { once } from 'node:events';
import { createServer } from 'node:http';

/** An HTTP server that takes what agents and exporters post, counts it and, while it is told to, keeps it. */
export async function startAgent() {
  let posts = 0;
  let bytes = 0;
  let kept = null;
  const server = createServer((req, res) => {
    posts++;
    req.on('data', (chunk) => {
      bytes += chunk.length;
      kept?.push(chunk);
    });
    req.on('end', () => {
      // What the Datadog Agent answers to traces; exporters of OTLP ignore it.
      res.writeHead(200, { 'content-type': 'application/json' }).end('{"rate_by_service":{}}');
    });
  });
  server.keepAliveTimeout = 60_000;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    take() {
      const counts = { posts, bytes };
      posts = 0;
      bytes = 0;
      return counts;
    },
    keep(wanted) {
      kept = wanted ? [] : null;
    },
    text: () => Buffer.concat(kept ?? []).toString('latin1'),
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
