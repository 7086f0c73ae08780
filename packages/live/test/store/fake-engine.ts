import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

export interface Asked {
  path: string;
  headers: IncomingHttpHeaders;
  query: string;
}

export interface Told {
  status?: number;
  body?: string;
  headers?: Record<string, string>;
}

export const EMPTY: Told = { body: JSON.stringify({ status: 'success', data: { result: [] } }) };

/** A server that answers what a test tells it to, for what real engines cannot be made to say. */
export async function startFakeEngine(answer: (asked: Asked) => Told | Promise<Told> = () => EMPTY) {
  const asked: Asked[] = [];
  const server = createServer(async (req, res) => {
    const body = await text(req);
    const one = {
      path: req.url!,
      headers: req.headers,
      query: new URLSearchParams(body).get('query') ?? '',
    };
    asked.push(one);
    const { status = 200, body: said = '', headers = {} } = await answer(one);
    res.writeHead(status, { 'content-type': 'application/json', ...headers }).end(said);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    asked,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose](): Promise<void> {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
