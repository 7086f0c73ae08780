import { once } from 'node:events';
import http, { type Server } from 'node:http';
import { createRequire } from 'node:module';
import type { Meter } from '../../../src/meter/index.ts';

export type AppName = 'http' | 'express' | 'fastify';

const load = createRequire(import.meta.url);
const BODY = { hello: 'world' };
const nothing = async () => {};

async function wait(): Promise<void> {
  for (let i = 0; i < 24; i++) await nothing();
}

/**
 * The same two routes in each framework: `/hello` answers at once, `/awaits` after 24 awaits. The
 * meter's middleware is imported only where there is a meter: a bare app is one without the library. An
 * `empty` one has a middleware in its place that does nothing, where the framework has such.
 */
export const APPS: Record<AppName, (meter: Meter | 'empty' | null) => Promise<Server>> = {
  async http(meter) {
    const text = JSON.stringify(BODY);
    const server = http.createServer(async (req, res) => {
      if (req.url === '/awaits') await wait();
      res.setHeader('Content-Length', text.length);
      res.end(text);
    });
    if (meter !== null && meter !== 'empty') {
      const { httpMeter } = await import('../../../src/frameworks/http.ts');
      httpMeter(server, { meter, route: (req) => req.url });
    }
    return server;
  },

  async express(meter) {
    const app = load('express5')();
    app.disable('etag');
    if (meter === 'empty') app.use((_req: unknown, _res: unknown, next: () => void) => next());
    else if (meter !== null) {
      const { expressMeter } = await import('../../../src/frameworks/express.ts');
      app.use(expressMeter(meter));
    }
    app.get('/hello', (_req: unknown, res: { json(body: object): void }) => res.json(BODY));
    app.get('/awaits', async (_req: unknown, res: { json(body: object): void }) => {
      await wait();
      res.json(BODY);
    });
    return http.createServer(app);
  },

  async fastify(meter) {
    const app = load('fastify5')();
    if (meter !== null && meter !== 'empty') {
      const { fastifyMeter } = await import('../../../src/frameworks/fastify.ts');
      await app.register(fastifyMeter, { meter });
    }
    app.get('/hello', (_req: unknown, reply: { send(body: object): void }) => {
      reply.send(BODY);
    });
    app.get('/awaits', async () => {
      await wait();
      return BODY;
    });
    await app.ready();
    return app.server;
  },
};

/** Servers take connections of their own making only once they listen. */
export async function listening(server: Server): Promise<Server> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}
