'use strict';

// Two frameworks in one another: an outer one has an inner one mounted at a path. Each nesting is an
// application of its own, and one server asks the one that a header names.

const http = require('node:http');
const { getRequestListener } = require('@hono/node-server');
const { RESPONSE_ALREADY_SENT } = require('@hono/node-server/utils/response');

/** What comes after the `count` segments of a mount, as code that mounts by hand cuts it off. */
function cutOff(request, count) {
  request.url = `/${request.url
    .split('/')
    .slice(count + 1)
    .join('/')}`;
}

const depth = (mount) => mount.split('/').length - 1;

function express(name) {
  const make = require(name);
  return {
    inner(template) {
      const app = make();
      app.get(template, (_request, response) => response.send('ok'));
      return app;
    },
    outer(mount, inner) {
      const app = make();
      app.use((_request, _response, next) => next());
      app.use(mount, (request, response) => inner(request, response));
      return app;
    },
  };
}

function koa(name, routerName) {
  const Koa = require(name);
  const exported = require(routerName);
  const Router = exported.default ?? exported;
  const mounted = require('koa-mount');
  return {
    inner(template) {
      const app = new Koa();
      const router = new Router();
      router.get(template, (ctx) => {
        ctx.body = 'ok';
      });
      return app.use(router.routes()).callback();
    },
    outer(mount, inner) {
      const app = new Koa();
      const handler = (ctx) => {
        ctx.respond = false;
        ctx.res.statusCode = 200;
        inner(ctx.req, ctx.res);
      };
      if (!mount.includes(':')) return app.use(mounted(mount, handler)).callback();
      const router = new Router();
      router.get(`${mount}${routerName === 'koa-router12' ? '/(.*)' : '/*rest'}`, (ctx) => {
        cutOff(ctx.req, depth(mount));
        handler(ctx);
      });
      return app.use(router.routes()).callback();
    },
  };
}

const hono = {
  inner(template) {
    const { Hono } = require('hono');
    const app = new Hono();
    app.get(template, (c) => c.text('ok'));
    return getRequestListener(app.fetch);
  },
  outer(mount, inner) {
    const { Hono } = require('hono');
    const app = new Hono();
    app.all(`${mount}/*`, (c) => {
      cutOff(c.env.incoming, depth(mount));
      inner(c.env.incoming, c.env.outgoing);
      return RESPONSE_ALREADY_SENT;
    });
    return getRequestListener(app.fetch);
  },
};

function fastify(name) {
  const make = require(name);
  const listener = (app) => {
    const ready = app.ready();
    return (request, response) => ready.then(() => app.routing(request, response));
  };
  return {
    inner(template) {
      const app = make();
      app.get(template, async () => 'ok');
      return listener(app);
    },
    outer(mount, inner) {
      const app = make();
      app.all(`${mount}/*`, (request, reply) => {
        reply.hijack();
        cutOff(request.raw, depth(mount));
        inner(request.raw, reply.raw);
      });
      return listener(app);
    },
  };
}

/** It is no function of a request and a response: it is only ever the outer one. */
const hapi = {
  outer(mount, inner) {
    const server = require('@hapi/hapi').server({ autoListen: false });
    server.route({
      method: 'GET',
      path: `${mount.replace(/:(\w+)/g, '{$1}')}/{rest*}`,
      handler({ raw }, h) {
        cutOff(raw.req, depth(mount));
        inner(raw.req, raw.res);
        return h.abandon;
      },
    });
    const ready = server.initialize();
    return (request, response) => ready.then(() => server.listener.emit('request', request, response));
  },
};

const FRAMEWORKS = {
  express4: express('express4'),
  express5: express('express5'),
  koa2: koa('koa2', 'koa-router12'),
  koa3: koa('koa3', 'koa-router15'),
  hono4: hono,
  fastify4: fastify('fastify4'),
  fastify5: fastify('fastify5'),
  hapi21: hapi,
};

/** @param nestings `{ outer, inner, mount, template }` each. */
function serve(nestings) {
  const apps = nestings.map(({ outer, inner, mount, template }) =>
    FRAMEWORKS[outer].outer(mount, FRAMEWORKS[inner].inner(template)),
  );
  const server = http.createServer((request, response) => apps[request.headers.nesting](request, response));
  server.listen(0, '127.0.0.1', () => console.log(`port ${server.address().port}`));
  process.on('SIGTERM', () => process.exit(0));
}

module.exports = { serve };
