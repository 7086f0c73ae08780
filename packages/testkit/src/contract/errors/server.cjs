'use strict';

// Applications that tell their errors with their stacks, as they do in development. As a program:
// node server.cjs NAME [FILE], with FILE for the line of Routemeter: it exports `{ first }`.

const http = require('node:http');
const Module = require('node:module');

const [name, file] = process.argv.slice(2);
const lines = file === undefined ? null : require(file);

const boom = (text) => {
  throw new Error(text);
};

/** Makes `require('router')`, as Express 5 does it, mean another version of it. */
function withRouter(as) {
  const resolve = Module._resolveFilename;
  Module._resolveFilename = function (request, ...rest) {
    return resolve.call(this, request === 'router' ? as : request, ...rest);
  };
}

function expressApp(version, router) {
  if (router !== undefined) withRouter(router);
  const express = require(version);
  const app = express();
  if (lines) app.use(lines.express());
  // The default error handler prints to the console, too.
  app.set('env', 'development');
  app.use('/mw', () => boom('in a mount'));
  app.get('/route/:id', () => boom('in a route'));
  app.get(
    '/second/:id',
    (_request, _response, next) => next(),
    () => boom('in a second handler'),
  );
  app.get('/fell/:id', (_request, _response, next) => next());
  app.get('/fell/:id', () => boom('after one that gave up'));
  app.get('/rejects/:id', async (_request, _response, next) => {
    try {
      await null;
      boom('later');
    } catch (error) {
      next(error);
    }
  });
  app.get('/header/:id', (_request, response) => {
    response.send('x');
    response.setHeader('late', '1');
  });
  const nested = express.Router();
  nested.get('/x/:id', () => boom('in a nested route'));
  nested.use(() => boom('in a nested middleware'));
  app.use('/nested/:tenant', nested);
  const params = express.Router();
  params.param('id', (_request, _response, next, value) =>
    value === 'bad' ? boom('in a parameter') : next(),
  );
  params.get('/:id', () => boom('after a parameter'));
  app.use('/params', params);
  app.use((error, request, _response, next) =>
    request.path === '/handled' ? boom('in a handler') : next(error),
  );
  return app;
}

async function fastifyApp(version) {
  const app = require(version)();
  if (lines) await app.register(lines.fastify());
  app.setErrorHandler((error, _request, reply) => reply.code(500).send(error.stack));
  // Its own hooks run with it.
  app.addHook('onRequest', (_request, _reply, done) => done());
  app.get('/route/:id', () => boom('in a route'));
  app.get('/rejects/:id', async () => {
    await null;
    boom('later');
  });
  await app.ready();
  return (request, response) => app.routing(request, response);
}

async function hapiApp() {
  const server = require('@hapi/hapi').server({ autoListen: false, debug: false });
  if (lines) await server.register(lines.hapi());
  server.ext('onPreResponse', ({ response }, h) =>
    response.isBoom ? h.response(response.stack).code(500) : h.continue,
  );
  server.route({ method: 'GET', path: '/route/{id}', handler: () => boom('in a route') });
  await server.initialize();
  return (request, response) => server.listener.emit('request', request, response);
}

const APPS = {
  'express 4': () => expressApp('express4'),
  'express 5, router 2.0': () => expressApp('express5', 'router20'),
  'express 5, router 2.2': () => expressApp('express5', 'router22'),
  'express 5, router 2.3': () => expressApp('express5'),
  'fastify 4': () => fastifyApp('fastify4'),
  'fastify 5': () => fastifyApp('fastify5'),
  hapi: hapiApp,
};

async function main() {
  const server = http.createServer(await APPS[name]());
  server.listen(0, '127.0.0.1', () => console.log(`port ${server.address().port}`));
  process.on('SIGTERM', () => process.exit(0));
}

main();
