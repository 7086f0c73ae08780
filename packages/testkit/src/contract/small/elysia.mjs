// The contract's application for Elysia: `node elysia.mjs [module of the one line]`. Prints its port.

import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { node } from '@elysiajs/node';
import { Elysia, t } from 'elysia';

const [, , line] = process.argv;
const measured = line ? (await import(pathToFileURL(line).href)).elysiaMeter() : (app) => app;
const ok = ({ request }) => `${request.method} answered`;

// It tells the port that it was given, and not the one that it got.
const probe = createServer().listen(0, '127.0.0.1');
await once(probe, 'listening');
const { port } = probe.address();
probe.close();
await once(probe, 'close');

new Elysia({ adapter: node() })
  .use(measured)
  .get('/', ok)
  .get('/users/:id', ok)
  .post('/users/:id', ({ set }) => {
    set.status = 201;
    return 'created';
  })
  .get('/hello/:name', ok)
  .get('/files/*', ok)
  .get('/checked/:id', ok, { params: t.Object({ id: t.Numeric() }) })
  .group('/orgs/:org', (group) => group.get('/things/:id', ok))
  .get('/old/:id', ({ set }) => {
    set.status = 302;
    set.headers.location = '/users/1';
    return '';
  })
  .get('/stream/:id', function* stream() {
    yield 'one ';
    yield 'two';
  })
  .get('/never/:id', () => new Promise(() => {}))
  .get('/stack/:id', ({ set }) => {
    set.status = 500;
    return new Error('here').stack;
  })
  .get('/boom/:id', () => {
    throw new RangeError('boom');
  })
  .listen({ port, hostname: '127.0.0.1' });

// It tells that it listens before it does.
const isListening = () =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => resolve(true));
    socket.on('connect', () => socket.destroy());
    socket.on('error', () => resolve(false));
  });
while (!(await isListening())) await setTimeout(10);
console.log(`port ${port}`);
