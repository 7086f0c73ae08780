import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { nodeBinaries } from '../../../testkit/src/nodes.ts';
import { askAlone, besideBurner } from './clients.ts';
import { expectWhole, Host, sum } from './host.ts';

const { nodes, skipped } = await nodeBinaries();
for (const reason of skipped) console.warn(`delays behind a proxy skipped: ${reason}`);

/** Connections that are ready beforehand: more than are ever in use at once. */
const KEPT = 12;

/** Keeps its connections to the server and notes how long each answer took. */
class ReverseProxy {
  readonly waits: { path: string; ms: number }[] = [];
  private readonly agent = new http.Agent({ keepAlive: true });
  private readonly server: http.Server;

  constructor(upstream: number) {
    this.server = http.createServer((incoming, outgoing) => {
      const path = incoming.url!;
      let sentAt = 0;
      const forwarded = http.request(
        { host: '127.0.0.1', port: upstream, path, headers: incoming.headers, agent: this.agent },
        (response) => {
          this.waits.push({ path, ms: performance.now() - sentAt });
          outgoing.writeHead(response.statusCode!, response.headers);
          response.pipe(outgoing);
        },
      );
      forwarded.on('error', (error) => outgoing.destroy(error));
      // From here on it waits for the server, and no longer for a connection to it.
      forwarded.on('socket', () => {
        sentAt = performance.now();
      });
      incoming.pipe(forwarded);
    });
  }

  async listen(): Promise<number> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    return (this.server.address() as AddressInfo).port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.agent.destroy();
    this.server.closeAllConnections();
    await new Promise((closed) => this.server.close(closed));
  }
}

describe.each(nodes)('the wait behind a proxy on Node $version', (node) => {
  it('is what the proxy waited, also for clients that open a connection for each request', async () => {
    await using host = await Host.start('http', node.path);
    await using proxy = new ReverseProxy(host.port);
    const port = await proxy.listen();
    const ask = (path: string) => askAlone(port, path);
    const warm = () => Promise.all(Array.from({ length: KEPT }, () => ask('/wait')));
    await warm();
    await warm();
    const asked = await besideBurner({ ask }, 6);
    const told = await host.told('/hello', asked.length);
    const waits = proxy.waits.filter(({ path }) => path === '/hello').map(({ ms }) => ms);
    expect(waits).toHaveLength(asked.length);
    // The proxy's connections were there before: of each request it is known.
    expect(told.queued).toHaveLength(waits.length);
    expectWhole(told);
    expect(sum(told.client)).toBeGreaterThan(sum(waits) * 0.4);
    expect(sum(told.client)).toBeLessThan(sum(waits) * 1.6);
    // Nearly all of it lay before the wall time that the server itself measures.
    expect(sum(told.queued)).toBeGreaterThan(sum(told.wall));
    const { 'queued /burn/:ms': burner = 0, 'queued stopped': stopped = 0 } = told.culprits;
    expect(burner).toBeGreaterThan(0);
    expect(burner + stopped).toBeGreaterThan(sum(told.queued) * 0.6);
  });
});
