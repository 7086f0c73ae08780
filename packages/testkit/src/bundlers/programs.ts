/** A program that takes one entry of the library, serves HTTP and prints its port. */
export interface Program {
  code: string;
  /** The name under which `GET /users/7` is counted; null where the program measures no requests. */
  route: string | null;
  /** What it answers. */
  body: string;
}

const LISTEN = `server.listen(0, '127.0.0.1', () => console.log('port ' + server.address().port));`;
const END = `process.on('SIGTERM', () => process.exit(0));`;
const named = (code: string): Program => ({ code: `${code}\n${END}\n`, route: '/users/:id', body: 'ok' });

/** One for each public entry, by its subpath; `index` is the package itself. */
export const PROGRAMS: Readonly<Record<string, Program>> = {
  index: {
    code: `
import { createServer } from 'node:http';
import { createMeter } from 'routemeter';
const meter = createMeter();
const server = createServer((request, response) => meter.time('page', () => response.end('ok')));
${LISTEN}
${END}`,
    route: null,
    body: 'ok',
  },
  calls: named(`
import { createServer } from 'node:http';
import { createMeter } from 'routemeter';
import { httpMeter } from 'routemeter/http';
const meter = createMeter({ upstreams: true });
const upstream = createServer((request, response) => response.end('ok'));
const server = httpMeter(createServer(async (request, response) => {
  const answer = await fetch('http://127.0.0.1:' + upstream.address().port);
  response.end(await answer.text());
}), { meter });
upstream.listen(0, '127.0.0.1', () => {
  ${LISTEN}
});`),
  express: named(`
import express from 'express';
import { expressMeter } from 'routemeter/express';
const app = express();
app.use(expressMeter());
app.use(express.Router().get('/users/:id', (request, response) => response.send('ok')));
const server = app.listen(0, '127.0.0.1', () => console.log('port ' + server.address().port));`),
  fastify: named(`
import Fastify from 'fastify';
import { fastifyMeter } from 'routemeter/fastify';
const app = Fastify();
app.register(fastifyMeter);
app.register(async (inner) => inner.get('/users/:id', async () => 'ok'));
app.listen({ port: 0, host: '127.0.0.1' }).then(() => console.log('port ' + app.server.address().port));`),
  koa: named(`
import Router from '@koa/router';
import Koa from 'koa';
import { koaMeter } from 'routemeter/koa';
const app = new Koa();
app.use(koaMeter());
app.use(new Router().get('/users/:id', (context) => { context.body = 'ok'; }).routes());
const server = app.listen(0, '127.0.0.1', () => console.log('port ' + server.address().port));`),
  hapi: {
    ...named(`
import * as Hapi from '@hapi/hapi';
import { hapiMeter } from 'routemeter/hapi';
const app = Hapi.server({ port: 0, host: '127.0.0.1' });
app.register(hapiMeter).then(() => {
  app.route({ method: 'GET', path: '/users/{id}', handler: () => 'ok' });
  return app.start();
}).then(() => console.log('port ' + app.info.port));`),
    route: '/users/{id}',
  },
  hono: named(`
import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { honoMeter } from 'routemeter/hono';
const app = new Hono();
app.use(honoMeter());
app.get('/users/:id', (context) => context.text('ok'));
serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, ({ port }) => console.log('port ' + port));`),
  http: named(`
import { createServer } from 'node:http';
import { httpMeter } from 'routemeter/http';
const server = httpMeter(createServer((request, response) => response.end('ok')));
${LISTEN}`),
  nest: named(`
import 'reflect-metadata';
import * as common from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { RoutemeterModule } from 'routemeter/nest';
class Users { one() { return 'ok'; } }
common.Get(':id')(Users.prototype, 'one', Object.getOwnPropertyDescriptor(Users.prototype, 'one'));
common.Controller('users')(Users);
class App {}
common.Module({ imports: [RoutemeterModule.forRoot()], controllers: [Users] })(App);
NestFactory.create(App, { logger: false }).then(async (app) => {
  await app.listen(0, '127.0.0.1');
  console.log('port ' + app.getHttpServer().address().port);
});`),
  register: named(`
import 'routemeter/register';
import { createServer } from 'node:http';
const server = createServer((request, response) => response.end('ok'));
${LISTEN}`),
  testing: {
    code: `
import { createServer } from 'node:http';
import { captureMeter, expectMetric } from 'routemeter/testing';
const meter = captureMeter();
const server = createServer(async (request, response) => {
  meter.increment('hits');
  await meter.settled(1);
  expectMetric(meter, 'hits').times(1);
  response.end('settled');
});
${LISTEN}
${END}`,
    route: null,
    body: 'settled',
  },
  budgets: {
    code: `
import { createServer } from 'node:http';
import { loadBudgets } from 'routemeter/budgets';
const server = createServer(async (request, response) => {
  response.end(JSON.stringify(await loadBudgets('budgets.yaml')).includes('/users/:id') ? 'read' : '');
});
${LISTEN}
${END}`,
    route: null,
    body: 'read',
  },
};

/** Read by the program of `budgets`, from its working folder. */
export const BUDGETS = 'routes:\n  GET /users/:id:\n    wall: { p95: 250ms }\n';

/** Packages of the programs' folder, with the bundlers. */
export const MANIFEST = {
  private: true,
  dependencies: {
    '@hapi/hapi': '21.4.10',
    '@hono/node-server': '2.1.9',
    '@koa/router': '15.7.0',
    '@nestjs/common': '11.2.10',
    '@nestjs/core': '11.2.10',
    '@nestjs/platform-express': '11.2.10',
    '@rollup/plugin-commonjs': '29.0.3',
    '@rollup/plugin-json': '6.1.0',
    '@rollup/plugin-node-resolve': '16.0.3',
    // The types' test compiles here, too.
    '@types/node': '24.0.0',
    '@vercel/ncc': '0.45.0',
    esbuild: '0.28.2',
    express: '5.3.0',
    fastify: '5.12.8',
    hono: '4.13.19',
    koa: '3.3.0',
    postject: '1.0.0-alpha.6',
    'reflect-metadata': '0.2.2',
    rollup: '4.68.8',
    rxjs: '7.8.2',
    webpack: '5.113.0',
  },
};
