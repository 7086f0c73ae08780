// A target that reads one message of remote write alone, as its answers say, and hands on what it takes.
import { once } from 'node:events';
import { createServer } from 'node:http';

const TWO = 'application/x-protobuf;proto=io.prometheus.write.v2.Request';
const WRITTEN = { 'x-prometheus-remote-write-samples-written': '1' };

/**
 * @param {'1.0' | '2.0'} message
 * @param {(body: Buffer) => void} take
 */
export async function startSink(message, take = () => {}) {
  const server = createServer(async (req, res) => {
    const chunks = [];
    for await (const chunk of req) chunks.push(chunk);
    const isRead = (req.headers['content-type'] === TWO) === (message === '2.0');
    if (isRead) take(Buffer.concat(chunks));
    res.writeHead(isRead ? 204 : 415, message === '2.0' ? WRITTEN : {}).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${server.address().port}/api/v1/write`,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
