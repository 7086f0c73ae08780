'use strict';

// The application of the contract for hapi. Written in plain JavaScript: child processes on every
// Node load it, too.

const { createRequire } = require('node:module');
const { Readable } = require('node:stream');

const VERSION = '21.4.10';

/** Loads hapi and its errors, and throws unless it is exactly the version above. */
function loadHapi() {
  const { version } = require('@hapi/hapi/package.json');
  if (version !== VERSION) throw new Error(`@hapi/hapi: ${version} instead of ${VERSION}`);
  const boom = createRequire(require.resolve('@hapi/hapi'))('@hapi/boom');
  return { Hapi: require('@hapi/hapi'), boom };
}

const ok = (request) => ({ params: request.params });
const get = (path, handler = ok, options = {}) => ({ method: 'GET', path, handler, options });

const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Plugins whose routes get the prefix that they are registered with. */
const users = {
  name: 'users',
  register: (server) => server.route([get('/users/{id}'), get('/')]),
};
const level = {
  name: 'level',
  register: (server) => server.register({ ...leaf }, { routes: { prefix: '/deep/{n}' } }),
};
const leaf = { name: 'leaf', register: (server) => server.route(get('/leaf')) };
const thing = { name: 'thing', multiple: true, register: (server) => server.route(get('/thing/{id}')) };

/**
 * @param {object} options `plugin`: registered before everything, as an application would; `late`:
 * registers it after everything.
 */
async function makeApp(Hapi, boom, { plugin, late } = {}) {
  const server = Hapi.server({ host: '127.0.0.1', port: 0, debug: false });
  if (plugin && !late) await server.register(plugin);

  server.ext('onRequest', (request, h) => {
    if (request.path.startsWith('/legacy/')) request.setUrl(request.path.replace('/legacy/', '/users/'));
    if (request.path.startsWith('/closed/')) return h.response('closed').code(403).takeover();
    if (request.path === '/broken') throw new TypeError('extension broke');
    return h.continue;
  });
  server.ext('onPreResponse', (request, h) => {
    const { answer } = request.response;
    if (answer > 0) return h.response('handled').code(answer);
    return answer === 0 ? new Promise(() => {}) : h.continue;
  });
  server.auth.scheme('header', () => ({
    authenticate(request, h) {
      if (!request.headers.authorization) throw boom.unauthorized('who?');
      return h.authenticated({ credentials: {} });
    },
  }));
  server.auth.strategy('header', 'header');

  server.route([
    get('/'),
    get('/users/{id}'),
    { method: 'POST', path: '/users/{id}', handler: (_request, h) => h.response('made').code(201) },
    get('/opt/{x?}'),
    get('/files/{path*}'),
    get('/two/{path*2}'),
    get('/mixed/a{x}b'),
    { method: ['PUT', 'PATCH'], path: '/several/{id}', handler: ok },
    { method: '*', path: '/all/{id}', handler: ok },
    { method: 'POST', path: '/postonly/{id}', handler: ok },
    get('/slash/'),
    get('/secure/thing/{id}', ok, { auth: 'header' }),
    get('/number/{n}', ok, { validate: { params: ({ n }) => checkNumber(boom, n) } }),
    get('/boom/{id}', () => {
      throw new RangeError('boom');
    }),
    get('/reject/{id}', async () => {
      await null;
      throw new RangeError('rejected');
    }),
    ...[200, 404, 0].map((answer) =>
      get(`/handed/${answer}/{id}`, () => {
        throw Object.assign(new RangeError('handed on'), { answer });
      }),
    ),
    get('/status/{id}', () => {
      throw boom.serverUnavailable('no');
    }),
    get('/gone/{id}', () => {
      throw boom.resourceGone('gone');
    }),
    get('/old/{id}', (request, h) => h.redirect(`/users/${request.params.id}`)),
    get('/nocontent/{id}', (_request, h) => h.response().code(204)),
    get('/cache/{id}', (_request, h) => h.response('cached').etag('one')),
    get('/slow/{id}', async () => {
      await wait(40);
      return 'slow';
    }),
    get('/never/{id}', () => new Promise(() => {})),
    get('/partial/{id}', () => {
      const stream = new Readable({ read() {} });
      stream.push('some');
      return stream;
    }),
    get('/sse/{chan}', (_request, h) => {
      const stream = new Readable({ read() {} });
      stream.push('data: 1\n\n');
      setTimeout(() => stream.push(null), 5);
      return h.response(stream).type('text/event-stream');
    }),
    get('/abandoned/{id}', (request, h) => {
      request.raw.res.end('by hand');
      return h.abandon;
    }),
    get('/timeout/{id}', () => wait(400), { timeout: { server: 20 } }),
    get('/cookie/{id}', ok, { state: { parse: true, failAction: 'error' } }),
    get('/shared-cors/{id}', ok, { cors: true }),
    get('/pre/{id}', ok, { pre: [{ method: () => 1, assign: 'one' }] }),
    get('/taken/{id}', ok, { pre: [(_request, h) => h.response('by pre').takeover()] }),
    get('/replaced/{id}'),
    { method: 'POST', path: '/api/echo/{id}', handler: ok },
    { method: 'GET', path: '/host/{id}', vhost: 'other.example', handler: ok },
  ]);
  server.ext('onPreResponse', (request, h) => {
    if (request.path.startsWith('/replaced/')) return h.response('replaced').code(202);
    return h.continue;
  });

  await server.register(users, { routes: { prefix: '/orgs/{org}' } });
  await server.register(level, { routes: { prefix: '/v1/api' } });
  await server.register(thing, { routes: { prefix: '/mount-a' } });
  await server.register(thing, { routes: { prefix: '/mount-b' } });
  if (plugin && late) await server.register(plugin);
  return server;
}

function checkNumber(boom, n) {
  if (!/^\d+$/.test(n)) throw boom.badRequest('no number');
}

/** An application whose own route answers what no other one does. */
async function makeCatchAll(Hapi, _boom, { plugin } = {}) {
  const server = Hapi.server({ host: '127.0.0.1', port: 0, debug: false });
  if (plugin) await server.register(plugin);
  server.route([
    get('/users/{id}'),
    { method: '*', path: '/{any*}', handler: (_request, h) => h.response('own 404').code(404) },
  ]);
  return server;
}

module.exports = { VERSION, loadHapi, makeApp, makeCatchAll };
