'use strict';

// node -r watch.cjs app.cjs FRAMEWORK none|line|preload: a small application in one framework, with the library by its one
// line or not at all. Answers one request, then prints what was noted and the shapes of what is reachable.

const { once } = require('node:events');
const { get } = require('node:http');
const { nodeShapes, objectShapes } = require('./shapes.cjs');

const [framework, way = 'none'] = process.argv.slice(2);
const line = way === 'line';
const shapes = {};
const add = (more) => Object.assign(shapes, more);

/** What hangs on the request and the response while a handler runs. */
function look(req, res) {
  for (const [name, object] of [
    ['req', req],
    ['res', res],
  ]) {
    add(objectShapes(object, name, 0));
    for (const event of object.eventNames()) {
      shapes[`${name} listeners: ${String(event)}`] = String(object.listenerCount(event));
    }
  }
}

const APPS = {
  async http() {
    const server = require('node:http').createServer((req, res) => {
      look(req, res);
      res.end('ok');
    });
    if (line) require('routemeter/http').httpMeter(server, { route: () => '/a' });
    return { server, objects: {} };
  },
  async express() {
    const express = require('express5');
    const app = express();
    if (line) app.use(require('routemeter/express').expressMeter());
    app.get('/a', (req, res) => {
      look(req, res);
      res.send('ok');
    });
    return {
      server: app.listen(0),
      objects: { express, app, 'app.router': app.router, Router: express.Router },
    };
  },
  async fastify() {
    const fastify = require('fastify5');
    const app = fastify();
    if (line) await app.register(require('routemeter/fastify').fastifyMeter);
    app.get('/a', async (request, reply) => {
      look(request.raw, reply.raw);
      return 'ok';
    });
    await app.listen({ port: 0 });
    return { server: app.server, objects: { app } };
  },
  async koa() {
    const Koa = require('koa3');
    const Router = require('koa-router15');
    const app = new Koa();
    const router = new (Router.default ?? Router)();
    if (line) app.use(require('routemeter/koa').koaMeter());
    router.get('/a', (context) => {
      look(context.req, context.res);
      context.body = 'ok';
    });
    app.use(router.routes());
    return { server: app.listen(0), objects: { app, router } };
  },
  async hono() {
    const { Hono } = require('hono');
    const { serve } = require('@hono/node-server');
    const app = new Hono();
    if (line) app.use(require('routemeter/hono').honoMeter());
    app.get('/a', (context) => {
      if (context.env.incoming) look(context.env.incoming, context.env.outgoing);
      return context.text('ok');
    });
    const server = serve({ fetch: app.fetch, port: 0 });
    return { server, objects: { app, 'app.router': app.router } };
  },
  async hapi() {
    const app = require('@hapi/hapi').server({ port: 0 });
    if (line) await app.register(require('routemeter/hapi').hapiMeter);
    app.route({
      method: 'GET',
      path: '/a',
      handler: (request) => {
        look(request.raw.req, request.raw.res);
        return 'ok';
      },
    });
    await app.start();
    return { server: app.listener, objects: { server: app, core: app._core } };
  },
  async nest() {
    require('reflect-metadata');
    const { Controller, Get, Module, Req, Res } = await import('@nestjs/common');
    const { NestFactory } = await import('@nestjs/core');
    const { ExpressAdapter } = await import('@nestjs/platform-express');
    const { ExceptionsHandler } = await import('@nestjs/core/exceptions/exceptions-handler.js');
    class Answers {
      a(req, res) {
        look(req, res);
        res.send('ok');
      }
    }
    Controller()(Answers);
    Get('/a')(Answers.prototype, 'a', Object.getOwnPropertyDescriptor(Answers.prototype, 'a'));
    Req()(Answers.prototype, 'a', 0);
    Res()(Answers.prototype, 'a', 1);
    class App {}
    const imports = line ? [(await import('routemeter/nest')).RoutemeterModule.forRoot()] : [];
    Module({ imports, controllers: [Answers] })(App);
    const app = await NestFactory.create(App, { logger: false });
    await app.listen(0);
    add(objectShapes(ExpressAdapter, 'ExpressAdapter'));
    add(objectShapes(ExceptionsHandler, 'ExceptionsHandler'));
    return { server: app.getHttpServer(), objects: { adapter: app.getHttpAdapter() } };
  },
};

async function main() {
  const { server, objects } = await APPS[framework]();
  if (!server.listening && server.listen) {
    if (framework === 'http') server.listen(0);
    if (!server.listening) await once(server, 'listening');
  }
  await new Promise((resolve, reject) => {
    get({ port: server.address().port, path: '/a', agent: false }, (res) =>
      res.resume().once('end', resolve),
    ).once('error', reject);
  });
  for (const [name, object] of Object.entries({ server, ...objects })) add(objectShapes(object, name));
  for (const event of server.eventNames())
    shapes[`server listeners: ${String(event)}`] = String(server.listenerCount(event));
  for (const event of process.eventNames())
    shapes[`process listeners: ${String(event)}`] = String(process.listenerCount(event));
  add(nodeShapes());
  // For what the first tick sends.
  if (framework === 'http' && way !== 'none') await new Promise((resolve) => setTimeout(resolve, 1500));
  const notes = globalThis[Symbol.for('footprint.notes')]();
  process.stdout.write(JSON.stringify({ notes, shapes }), () => process.exit(0));
}

main().catch((error) => {
  process.stderr.write(`${error.stack}\n`);
  process.exit(1);
});
