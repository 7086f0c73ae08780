'use strict';

// The application of the contract for Hono 4 on its Node server. Written in plain JavaScript: child
// processes on every Node load it, too.

const VERSION = '4.13.19';

const ok = (c) => c.json({ params: c.req.param(), path: c.req.path });

/** @param first a middleware to stand before everything. */
function makeApp({ Hono, HTTPException, streamSSE }, first) {
  const app = new Hono();
  if (first) app.use(first);

  app.use('/secure/*', async (c, next) => {
    if (!c.req.header('authorization')) return c.text('who?', 401);
    await next();
  });
  app.use('/broken/*', async (_c, _next) => {
    throw new TypeError('middleware broke');
  });
  app.use(async (c, next) => {
    if (c.req.path === '/static.txt') return c.text('static');
    await next();
    c.header('x-after', 'yes');
  });

  app.get('/', ok);
  app.get('/users/:id', ok);
  app.post('/users/:id', (c) => c.text('made', 201));
  app.get('/secure/thing/:id', ok);
  app.on(['PUT', 'DELETE'], ['/arr/a/:id', '/arr/b/:id'], ok);
  app.get('/re/:n{[0-9]+}', ok);
  app.get('/opt/:x?', ok);
  app.get('/files/*', ok);
  app.get('/multi/:id', ok);
  app.post('/multi/:id', (c) => c.text('made', 201));
  app.all('/all/:id', ok);
  app.all('/everything/*', ok);
  app.get('/boom/:id', () => {
    throw new RangeError('boom');
  });
  app.get('/reject/:id', async () => {
    await null;
    throw new RangeError('rejected');
  });
  for (const answer of [200, 404, 0]) {
    app.get(`/handed/${answer}/:id`, () => {
      throw Object.assign(new RangeError('handed on'), { answer });
    });
  }
  app.get('/client-error/:id', () => {
    throw new HTTPException(410, { message: 'gone' });
  });
  app.get('/not-found/:id', (c) => c.notFound());
  app.get('/status/:id', (c) => c.text('no', 503));
  app.get('/old/:id', (c) => c.redirect(`/users/${c.req.param('id')}`));
  app.get('/nocontent/:id', (c) => c.body(null, 204));
  app.get('/slow/:id', async (c) => {
    await new Promise((resolve) => setTimeout(resolve, 40));
    return c.text('slow');
  });
  app.get('/never/:id', () => new Promise(() => {}));
  app.get('/sse/:chan', (c) =>
    streamSSE(c, async (stream) => {
      await stream.writeSSE({ data: '1' });
      await stream.sleep(5);
      await stream.writeSSE({ data: '2' });
    }),
  );
  app.post('/echo/:id', async (c) => c.json(await c.req.json()));
  app.get('/handler-a/:id', ok);
  app.get('/handler-b/:id', ok);
  app.get('/chain/:id', async (_c, next) => next(), ok);
  app.get('/fall/:id', async (_c, next) => next());
  app.get('/fall/:name', ok);
  app.get('/giveup/:id', async (_c, next) => next());

  const orgs = new Hono();
  orgs.get('/', ok);
  orgs.get('/users/:id', ok);
  orgs.get('/fail', () => {
    throw Object.assign(new Error('teapot'), { teapot: true });
  });
  orgs.onError((error, c) => {
    if (!error.teapot) throw error;
    return c.text('teapot', 418);
  });
  app.route('/orgs/:org', orgs);
  const leaf = new Hono();
  leaf.get('/:n/leaf', ok);
  const api = new Hono();
  api.route('/deep', leaf);
  app.route('/v1/api', api);
  const shared = new Hono();
  shared.get('/thing/:id', ok);
  app.route('/mount-a', shared);
  app.route('/mount-b', shared);
  app.basePath('/base/:b').get('/x/:id', ok);
  const foreign = new Hono();
  foreign.get('/foo/:id', ok);
  app.mount('/mounted', foreign.fetch);

  app.onError((error, c) => {
    if (error.answer > 0) return c.text('handled', error.answer);
    if (error.answer === 0) return new Promise(() => {});
    if (error.getResponse) return error.getResponse();
    return c.text(`failed: ${error.message}`, 500);
  });
  return app;
}

/** Starts the application as a program does. */
function start(modules, nodeServer, first, ready) {
  return nodeServer.serve({ fetch: makeApp(modules, first).fetch, port: 0, hostname: '127.0.0.1' }, ready);
}

function serve(modules, nodeServer) {
  start(modules, nodeServer, undefined, ({ port }) => console.log(`port ${port}`));
  process.on('SIGTERM', () => process.exit(0));
}

/** What an application of the contract is made of, as `require` gives it. */
function required() {
  return {
    modules: { ...require('hono'), ...require('hono/http-exception'), ...require('hono/streaming') },
    nodeServer: require('@hono/node-server'),
  };
}

/** The same, as `import` gives it. */
async function imported() {
  return {
    modules: {
      ...(await import('hono')),
      ...(await import('hono/http-exception')),
      ...(await import('hono/streaming')),
    },
    nodeServer: await import('@hono/node-server'),
  };
}

module.exports = { VERSION, required, imported, start, serve };
