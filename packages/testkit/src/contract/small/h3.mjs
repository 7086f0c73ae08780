// The contract's application for h3: `node h3.mjs [module of the one line]`. Prints its port.

import { pathToFileURL } from 'node:url';
import { H3, HTTPResponse, redirect, serve } from 'h3';

const [, , line] = process.argv;
const ok = ({ req }) => `${req.method} answered`;

const app = new H3();
app.use((_event, next) => next());
app.use((event, next) => (event.url.pathname.startsWith('/assets/') ? 'asset' : next()));
const orgs = new H3();
orgs.get('/', ok);
orgs.get('/things/:id', ok);
app.mount('/orgs', orgs);
app.get('/', ok);
app.get('/users/:id', ok);
app.post('/users/:id', (event) => {
  event.res.status = 201;
  return 'created';
});
app.get('/hello/:name', ok);
app.get('/files/**:path', ok);
app.get('/old/:id', () => redirect('/users/1', 302));
app.get('/nocontent/:id', () => new HTTPResponse(null, { status: 204 }));
app.get('/stream/:id', () => {
  const parts = ['one ', 'two'];
  return new ReadableStream({
    pull(controller) {
      const part = parts.shift();
      if (part === undefined) controller.close();
      else controller.enqueue(new TextEncoder().encode(part));
    },
  });
});
app.get('/stack/:id', () => new HTTPResponse(new Error('here').stack, { status: 500 }));
app.get('/never/:id', () => new Promise(() => {}));
app.get('/boom/:id', () => {
  throw new RangeError('boom');
});
const server = serve(app, { port: 0, hostname: '127.0.0.1', silent: true });
if (line) (await import(pathToFileURL(line).href)).serverMeter(server.node.server);
await server.ready();
console.log(`port ${new URL(server.url).port}`);
