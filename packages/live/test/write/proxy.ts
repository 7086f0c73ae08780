import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Proxy {
  url: string;
  /** Answers that never reached who asked. */
  lost: number;
  /** The next so many writes are done, and the connection breaks before their answer. */
  loseAnswers(count: number): void;
  close(): Promise<void>;
}

/** Stands before an engine; everything passes, but for answers that it is told to lose. */
export async function startProxy(target: string): Promise<Proxy> {
  let losing = 0;
  const server = createServer(async (req, res) => {
    const chunks: Buffer[] = [];
    for await (const chunk of req) chunks.push(chunk);
    const headers = Object.entries(req.headers).filter(
      ([name]) => !/^(?:host|connection|content-length)$/.test(name),
    );
    const answer = await fetch(target + req.url, {
      method: req.method!,
      headers: headers as [string, string][],
      ...(req.method === 'POST' ? { body: Buffer.concat(chunks) } : {}),
    });
    const text = await answer.text();
    if (req.method === 'POST' && losing > 0) {
      losing--;
      proxy.lost++;
      req.socket.destroy();
      return;
    }
    // Among them how much was written.
    const own = [...answer.headers].filter(([name]) => name.startsWith('x-'));
    res.writeHead(answer.status, Object.fromEntries(own)).end(text);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const proxy: Proxy = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    lost: 0,
    loseAnswers(count) {
      losing = count;
    },
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
  return proxy;
}
