'use strict';

// The application of the contract for Koa 2 and 3 with @koa/router. Written in plain JavaScript: child
// processes on every Node load it, too.

/** Copies of Koa and its router, the versions that must be loaded, and the router's path syntax. */
const STACKS = {
  'koa 2, router 12': {
    koa: 'koa2',
    router: 'koa-router12',
    version: '2.16.4',
    routerVersion: '12.0.2',
    syntax: { optional: '/opt/:x?', files: '/files/(.*)', word: '/word/:n(\\d+)' },
  },
  'koa 3, router 15': {
    koa: 'koa3',
    router: 'koa-router15',
    version: '3.3.0',
    routerVersion: '15.7.0',
    syntax: { optional: '/opt{/:x}', files: '/files/*path', word: '/word/:n' },
  },
};

const ok = (ctx) => {
  ctx.body = { params: ctx.params, path: ctx.path };
};

/** @param first a middleware to stand before everything. */
function makeApp(Koa, Router, stack, first) {
  const { koa, router: routerPackage, version, routerVersion, syntax } = STACKS[stack];
  assertVersion(koa, version);
  assertVersion(routerPackage, routerVersion);
  const mount = require('koa-mount');
  const app = new Koa();
  app.silent = true;
  if (first) app.use(first);

  app.use(async (ctx, next) => {
    if (ctx.path.startsWith('/legacy/')) ctx.path = ctx.path.replace('/legacy/', '/users/');
    await next();
  });
  app.use(async (ctx, next) => {
    try {
      await next();
    } catch (error) {
      if (error.answer > 0) {
        ctx.status = error.answer;
        ctx.body = 'handled';
        return;
      }
      if (error.answer === 0) {
        ctx.respond = false;
        return;
      }
      if (!error.teapot) throw error;
      ctx.status = 418;
      ctx.body = 'teapot';
    }
  });
  app.use(async (ctx, next) => {
    if (ctx.path.startsWith('/secure/') && !ctx.get('authorization')) {
      ctx.status = 401;
      ctx.body = 'who?';
      return;
    }
    if (ctx.path.startsWith('/broken/')) throw new TypeError('middleware broke');
    await next();
  });
  app.use(async (ctx, next) => {
    if (ctx.path === '/static.txt') ctx.body = 'static';
    else await next();
  });

  const router = new Router();
  router.param('pid', (value, ctx, next) => {
    if (value === 'bad') ctx.throw(400, 'bad pid');
    if (value === 'none') {
      ctx.status = 404;
      ctx.body = 'no such pid';
      return undefined;
    }
    return next();
  });
  router.use('/guarded', async (ctx, next) => {
    if (!ctx.get('authorization')) ctx.throw(401);
    await next();
  });
  router.get('/', ok);
  router.get('/users/:id', ok);
  router.post('/users/:id', (ctx) => {
    ctx.status = 201;
    ctx.body = 'made';
  });
  router.get('/secure/thing/:id', ok);
  router.get('/guarded/thing/:id', ok);
  router.get(['/arr/a/:id', '/arr/b/:id'], ok);
  router.get(/^\/re\/(\d+)$/, ok);
  router.get(syntax.optional, ok);
  router.get(syntax.files, ok);
  router.get(syntax.word, ok);
  router.get('/multi/:id', ok);
  router.post('/multi/:id', (ctx) => {
    ctx.status = 201;
    ctx.body = 'made';
  });
  router.all('/all/:id', ok);
  router.get('/params/:pid', ok);
  router.get('/boom/:id', () => {
    throw new RangeError('boom');
  });
  router.get('/reject/:id', async () => {
    await null;
    throw new RangeError('rejected');
  });
  for (const answer of [200, 404, 0]) {
    router.get(`/handed/${answer}/:id`, () => {
      throw Object.assign(new RangeError('handed on'), { answer });
    });
  }
  router.get('/client-error/:id', (ctx) => ctx.throw(410, 'gone'));
  router.get('/status/:id', (ctx) => {
    ctx.status = 503;
  });
  router.get('/empty/:id', (ctx) => {
    ctx.status = 404;
  });
  router.get('/old/:id', (ctx) => ctx.redirect(`/users/${ctx.params.id}`));
  router.get('/nocontent/:id', (ctx) => {
    ctx.status = 204;
  });
  router.get('/cache/:id', (ctx) => {
    ctx.status = 200;
    ctx.etag = 'one';
    if (ctx.fresh) ctx.status = 304;
    else ctx.body = 'cached';
  });
  router.get('/slow/:id', async (ctx) => {
    await new Promise((resolve) => setTimeout(resolve, 40));
    ctx.body = 'slow';
  });
  router.get('/never/:id', () => new Promise(() => {}));
  router.get('/partial/:id', (ctx) => {
    ctx.respond = false;
    ctx.res.statusCode = 200;
    ctx.res.write('some');
  });
  router.get('/sse/:chan', (ctx) => {
    const { PassThrough } = require('node:stream');
    const stream = new PassThrough();
    ctx.type = 'text/event-stream';
    ctx.body = stream;
    stream.write('data: 1\n\n');
    setTimeout(() => stream.end('data: 2\n\n'), 5);
  });
  router.get('/handler-a/:id', ok);
  router.get('/handler-b/:id', ok);
  router.get('/chain/:id', async (_ctx, next) => next(), ok);
  router.get('/after/:id', async (ctx, next) => {
    await next();
    ctx.body = 'after the others';
  });
  router.get('/fall/:id', (_ctx, next) => next());
  router.get('/fall/:name', ok);
  router.get('/giveup/:id', (_ctx, next) => next());
  router.get('/handed-on/:id', (_ctx, next) => next());

  const nested = new Router();
  nested.get('/', ok);
  nested.get('/users/:id', ok);
  nested.get('/fail', () => {
    throw Object.assign(new Error('teapot'), { teapot: true });
  });
  router.use('/orgs/:org', nested.routes());
  const leaf = new Router();
  leaf.get('/deep/:n/leaf', ok);
  const api = new Router({ prefix: '/api' });
  api.use(leaf.routes());
  router.use('/v1', api.routes());
  const shared = new Router();
  shared.get('/thing/:id', ok);
  router.use('/mount-a', shared.routes());
  router.use('/mount-b', shared.routes());
  router.use(['/pre1', '/pre2'], shared.routes());
  app.use(router.routes());
  app.use(router.allowedMethods());
  app.use(async (ctx, next) => {
    if (ctx.path.startsWith('/handed-on/')) ctx.body = 'by a middleware';
    else await next();
  });

  const prefixed = new Router({ prefix: '/tenants/:tenant' });
  prefixed.get('/', ok);
  prefixed.get('/items/:id', ok);
  app.use(prefixed.routes());

  const mounted = new Koa();
  mounted.use(shared.routes());
  const inner = new Koa();
  inner.use(mount('/inner', mounted));
  app.use(mount('/left', shared.routes()));
  app.use(mount('/outer', inner));
  return app;
}

function assertVersion(name, wanted) {
  const { readFileSync } = require('node:fs');
  const [folder] = require
    .resolve(name)
    .split(`node_modules/${name}/`.replaceAll('/', require('node:path').sep));
  const manifest = require('node:path').join(folder, 'node_modules', name, 'package.json');
  const { version } = JSON.parse(readFileSync(manifest, 'utf8'));
  if (version !== wanted) throw new Error(`${name}: ${version} instead of ${wanted}`);
}

/** Starts the application as a program does. */
function serve(Koa, Router, stack) {
  const server = makeApp(Koa, Router, stack).listen(0, '127.0.0.1', () => {
    console.log(`port ${server.address().port}`);
  });
  process.on('SIGTERM', () => process.exit(0));
}

module.exports = { STACKS, makeApp, serve };
