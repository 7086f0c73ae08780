// The contract's application for Remix 3: `node remix.mjs [module of the one line]`. Prints its port.

import { createServer } from 'node:http';
import { pathToFileURL } from 'node:url';
import { createRouter } from 'remix/fetch-router';
import { createRequestListener } from 'remix/node-fetch-server';
import { ArrayMatcher } from 'remix/route-pattern';

const [, , line] = process.argv;
const measured = line ? (await import(pathToFileURL(line).href)).remixMeter : (matcher) => matcher;
const ok = ({ method }) => new Response(`${method} answered`);

const router = createRouter({
  matcher: measured(new ArrayMatcher()),
  middleware: [
    ({ url }, next) =>
      url.pathname.startsWith('/assets/') ? new Response('asset', { headers: { etag: '"1"' } }) : next(),
  ],
});
router.get('/', ok);
router.get('/users/:id', ok);
router.head('/users/:id', () => new Response());
router.post('/users/:id', () => new Response('created', { status: 201 }));
router.get('/hello/:name', ok);
router.get('/opt(/:x)', ok);
router.get('/files/*path', ok);
router.get('://:tenant.example.com/tenants/:id', ok);
router.get('/old/:id', () => new Response(null, { status: 302, headers: { location: '/users/1' } }));
router.get('/nocontent/:id', () => new Response(null, { status: 204 }));
router.get('/stream/:id', () => {
  const parts = ['one ', 'two'];
  return new Response(
    new ReadableStream({
      pull(controller) {
        const part = parts.shift();
        if (part === undefined) controller.close();
        else controller.enqueue(new TextEncoder().encode(part));
      },
    }),
  );
});
router.get('/stack/:id', () => new Response(new Error('here').stack, { status: 500 }));
router.get('/never/:id', () => new Promise(() => {}));
router.get('/boom/:id', () => {
  throw new RangeError('boom');
});
const onError = (error) => new Response(String(error.message), { status: 500 });
const server = createServer(createRequestListener((request) => router.fetch(request), { onError }));
server.listen(0, '127.0.0.1', () => console.log(`port ${server.address().port}`));
