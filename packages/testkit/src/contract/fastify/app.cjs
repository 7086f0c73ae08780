'use strict';

// The application of the contract for Fastify 4 and 5. Written in plain JavaScript: child processes on
// every Node load it, too.

/** Copies of Fastify, by major, and the version that must be loaded. */
const STACKS = {
  'fastify 4': { package: 'fastify4', version: '4.29.1' },
  'fastify 5': { package: 'fastify5', version: '5.12.8' },
};

const ok = async (request) => ({ params: request.params, url: request.url });

/** @param first called with the application before anything else is registered. */
async function makeApp(fastify, version, first = async () => {}) {
  const app = fastify({ rewriteUrl: ({ url }) => url.replace(/^\/legacy\//, '/users/') });
  if (app.version !== version) throw new Error(`fastify ${app.version} instead of ${version}`);
  await first(app);

  app.setErrorHandler((error, request, reply) => {
    if (request.headers['x-default']) return reply.send(error);
    if (error.answer > 0) return reply.code(error.answer).send('handled');
    if (error.answer === 0) return reply.hijack();
    return reply.code(error.statusCode ?? 500).send({ failed: error.message });
  });
  app.addHook('onRequest', async (request, reply) => {
    if (request.url.startsWith('/secure/') && !request.headers.authorization) {
      await reply.code(401).send('who?');
    }
  });
  app.addHook('preHandler', async (request) => {
    if (request.url.startsWith('/broken/')) throw new TypeError('hook broke');
  });

  app.get('/', ok);
  app.get('/users/:id', ok);
  app.post('/users/:id', async (_request, reply) => reply.code(201).send('made'));
  app.get('/slash/', ok);
  app.get('/secure/thing/:id', ok);
  app.get('/broken/:id', ok);
  app.get('/dash/:from-:to', ok);
  app.get('/re/:n(^\\d+)', ok);
  app.get('/opt/:x?', ok);
  app.get('/files/*', ok);
  app.get('/multi/:id', ok);
  app.post('/multi/:id', async (_request, reply) => reply.code(201).send('made'));
  app.all('/all/:id', ok);
  app.route({ method: ['PUT', 'DELETE'], url: '/several/:id', handler: ok });
  app.get('/ver', { constraints: { version: '1.2.0' } }, ok);
  app.get('/ver2', { constraints: { host: 'contract' } }, ok);
  app.get(
    '/schema/:n',
    { schema: { params: { type: 'object', properties: { n: { type: 'integer' } } } } },
    ok,
  );
  app.get(
    '/badreply/:id',
    {
      schema: {
        response: {
          200: { type: 'object', required: ['missing'], properties: { missing: { type: 'string' } } },
        },
      },
    },
    ok,
  );
  app.get('/boom/:id', () => {
    throw new RangeError('boom');
  });
  app.get('/reject/:id', async () => {
    throw new RangeError('rejected');
  });
  for (const answer of [200, 404, 0]) {
    app.get(`/handed/${answer}/:id`, async () => {
      throw Object.assign(new RangeError('handed on'), { answer });
    });
  }
  app.get('/client-error/:id', async () => {
    throw Object.assign(new Error('gone'), { statusCode: 410 });
  });
  app.get('/not-found/:id', async (_request, reply) => reply.callNotFound());
  app.get('/status/:id', async (_request, reply) => reply.code(503).send('no'));
  app.get('/old/:id', async (request, reply) =>
    reply.code(302).header('location', `/users/${request.params.id}`).send(),
  );
  app.get('/nocontent/:id', async (_request, reply) => reply.code(204).send());
  app.get('/slow/:id', async () => {
    await new Promise((resolve) => setTimeout(resolve, 40));
    return 'slow';
  });
  app.get('/never/:id', () => {});
  app.get('/partial/:id', (_request, reply) => {
    reply.hijack();
    reply.raw.write('some');
  });
  app.get('/sse/:chan', (_request, reply) => {
    reply.hijack();
    reply.raw.writeHead(200, { 'content-type': 'text/event-stream' });
    reply.raw.write('data: 1\n\n');
    setTimeout(() => reply.raw.end('data: 2\n\n'), 5);
  });
  app.post('/echo/:id', async (request) => request.body);
  app.get('/handler-a/:id', ok);
  app.get('/handler-b/:id', ok);

  const orgs = async (inner) => {
    inner.setErrorHandler((error, _request, reply) => {
      if (!error.teapot) throw error;
      return reply.code(418).send('teapot');
    });
    inner.get('/', ok);
    inner.get('/users/:id', ok);
    inner.get('/fail', async () => {
      throw Object.assign(new Error('teapot'), { teapot: true });
    });
    inner.get('/fail-on', async () => {
      throw new RangeError('handed on');
    });
  };
  await app.register(orgs, { prefix: '/orgs/:org' });
  const things = async (inner) => {
    inner.get('/thing/:id', ok);
    inner.setNotFoundHandler((_request, reply) => reply.code(404).send('nothing in here'));
  };
  await app.register(things, { prefix: '/mount-a' });
  await app.register(things, { prefix: '/mount-b' });
  await app.register(
    async (v1) => {
      await v1.register(async (api) => api.get('/deep/:n/leaf', ok), { prefix: '/api' });
    },
    { prefix: '/v1' },
  );
  await app.ready();
  return app;
}

/** Starts the application as a program does. */
async function serve(fastify, stack) {
  const app = await makeApp(fastify, STACKS[stack].version);
  await app.listen({ port: 0, host: '127.0.0.1' });
  console.log(`port ${app.server.address().port}`);
  process.on('SIGTERM', () => process.exit(0));
}

module.exports = { STACKS, makeApp, serve };
