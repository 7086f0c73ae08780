'use strict';

// Applications in which something other than a route answers, or something changes the address on the way.
// As a program, without Routemeter: node server.cjs NAME [FOLDER], with FOLDER for what is installed apart.

const http = require('node:http');
const { createRequire } = require('node:module');

const [name, folder] = process.argv.slice(2);

function expressApp(version) {
  const express = require(version);
  const app = express();
  const answer = (request, response) => response.json({ at: request.baseUrl });
  app.use('/orders', answer);
  app.use('/orgs/:org/users', answer);
  app.use('/graphql', (_request, _response, next) => next(), answer);
  const api = express.Router();
  api.use('/inner', answer);
  api.use((request, response, next) => (request.path === '/guarded' ? response.sendStatus(401) : next()));
  api.get('/items/:id', answer);
  app.use('/api', api);
  app.use('/passes', (_request, _response, next) => next());
  app.get('/passes/:id', answer);
  app.use('/later', (_request, _response, next) => setTimeout(next, 2));
  app.use('/throws', () => {
    throw new RangeError('thrown');
  });
  app.use((request, response, next) => (request.path === '/pathless' ? answer(request, response) : next()));
  // Puts the whole address back, for routers whose paths are whole.
  const outer = express.Router();
  const whole = express.Router();
  outer.use((request, _response, next) => {
    request.url = request.originalUrl;
    next();
  });
  whole.get('/whole/items/:id', answer);
  const deeper = express.Router();
  deeper.get('/things/:id', answer);
  whole.use('/whole/deep/:deep', deeper);
  outer.use(whole);
  app.use('/whole', outer);
  app.use((_error, _request, response, _next) => response.sendStatus(500));
  return app;
}

function koaApp(version) {
  const Koa = require(version);
  const mount = require('koa-mount');
  const app = new Koa();
  const answer = (ctx) => {
    ctx.body = { at: ctx.path };
  };
  app.use(mount('/graphql', answer));
  app.use(mount('/passes', (_ctx, next) => next()));
  app.use(
    mount('/after', async (ctx, next) => {
      await next();
      ctx.body = 'after the others';
    }),
  );
  const inner = new Koa();
  inner.use(mount('/inner', answer));
  app.use(mount('/outer', inner));
  app.use(mount('/never', () => new Promise(() => {})));
  app.use(async (ctx, next) => (ctx.path === '/pathless' ? answer(ctx) : next()));
  return app.callback();
}

function honoApp() {
  const { Hono } = require('hono');
  const { getRequestListener } = require('@hono/node-server');
  const app = new Hono();
  app.use('/graphql', async (c, _next) => c.text('data'));
  app.use('/files/*', async (c, _next) => c.text('file'));
  app.use('/passes/*', async (_c, next) => next());
  app.use(async (c, next) => (c.req.path === '/pathless' ? c.text('here') : next()));
  const stock = new Hono();
  stock.get('/:sku', (c) => c.json({ stock: 1 }));
  app.get('/inventory/:sku', (c) => c.json({ stock: 1 }));
  // An application asks itself, or a part of it, with the bindings of its own request.
  app.get('/shop/:id', async (c) => c.json(await (await app.request('/inventory/9', {}, c.env)).json()));
  app.get('/part/:id', async (c) => c.json(await (await stock.request('/9', {}, c.env)).json()));
  app.mount('/mounted', (_request) => new Response('mounted'));
  return getRequestListener(app.fetch);
}

/** An Express with a Koa, a Hono, a Fastify and another Express below paths of it. */
function foreign() {
  const app = require('express5')();
  const Koa = require('koa3');
  const Router = require('koa-router15').default ?? require('koa-router15');
  const router = new Router();
  router.get('/k/:id', (ctx) => {
    ctx.body = 'k';
  });
  app.use('/koa', new Koa().use(router.routes()).callback());
  const { Hono } = require('hono');
  const hono = new Hono().get('/h/:id', (c) => c.text('h'));
  app.use('/hono/:version', require('@hono/node-server').getRequestListener(hono.fetch));
  const fastify = require('fastify5')();
  fastify.get('/f/:id', async () => 'f');
  const ready = fastify.ready();
  app.use('/fast', (request, response) => ready.then(() => fastify.routing(request, response)));
  const other = require('express4')();
  other.get('/e/:id', (_request, response) => response.send('e'));
  app.use('/other', other);
  app.get('/own/:id', (_request, response) => response.send('own'));
  return app;
}

async function fastifyExpress() {
  const load = createRequire(`${folder}/package.json`);
  const app = load('fastify')();
  await app.register(load('@fastify/express'));
  const legacy = load('express').Router();
  legacy.get('/old/:id', (_request, response) => response.end('old'));
  app.use('/legacy', legacy);
  app.use('/plain', (_request, response) => response.end('plain'));
  app.get('/users/:id', async (request) => request.params);
  await app.ready();
  return (request, response) => app.routing(request, response);
}

async function fastifyMiddie() {
  const app = require('fastify5')();
  await app.register(require('@fastify/middie'));
  const answer = (request, response) => response.end(request.url);
  app.use('/graphql', answer);
  app.use(['/one/:a', '/two/:b'], answer);
  app.use('/passes', (_request, _response, next) => next());
  app.use((request, response, next) => (request.url === '/pathless' ? answer(request, response) : next()));
  await app.register(
    async (inner) => {
      inner.use('/inner', answer);
      // What is inside a plugin runs for its own routes alone.
      inner.get('/inner/x', async () => 'never');
    },
    { prefix: '/plugin' },
  );
  app.get('/users/:id', async (request) => request.params);
  app.get('/passes/:id', async (request) => request.params);
  await app.ready();
  return (request, response) => app.routing(request, response);
}

/** No framework: functions that cut their mount off the address, as many small routers do. */
function bare() {
  const answer = (request, response) => response.end(request.url);
  return (request, response) => {
    const mount = ['/shop', '/blog'].find((one) => request.url.startsWith(one));
    if (mount !== undefined) request.url = request.url.slice(mount.length) || '/';
    answer(request, response);
  };
}

const APPS = {
  'express 4': () => expressApp('express4'),
  'express 5': () => expressApp('express5'),
  'koa 2': () => koaApp('koa2'),
  'koa 3': () => koaApp('koa3'),
  hono: honoApp,
  foreign,
  'fastify with express': fastifyExpress,
  'fastify with middie': fastifyMiddie,
  bare,
};

async function main() {
  const server = http.createServer(await APPS[name]());
  server.listen(0, '127.0.0.1', () => console.log(`port ${server.address().port}`));
  process.on('SIGTERM', () => process.exit(0));
}

main();
