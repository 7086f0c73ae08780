// The contract's application for tinyhttp: `node tinyhttp.mjs [module of the one line]`. Prints its port.

import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { App } from '@tinyhttp/app';

const answers = createRequire(import.meta.url)('./answers.cjs');
const [, , line] = process.argv;
const measured = line ? (await import(pathToFileURL(line).href)).tinyhttpMeter : (app) => app;

const onError = (_error, _req, res) => {
  res.statusCode = 500;
  res.end('failed');
};
const app = measured(new App({ onError, noMatchHandler: answers.missing }));
app.use((_req, _res, next) => next());
app.use('/assets', answers.asset);
const orgs = measured(new App());
orgs.get('/', answers.ok);
orgs.get('/things/:id', answers.ok);
app.use('/orgs/:org', orgs);
app.get('/', answers.ok);
app.get('/users/:id', answers.ok);
app.post('/users/:id', answers.created);
app.get('/hello/:name', answers.ok);
app.get('/opt/:x?', answers.ok);
app.get('/files/*', answers.ok);
app.get('/passed/:id', (_req, _res, next) => next());
app.get('/passed/:name', answers.ok);
app.get('/old/:id', answers.redirect);
app.get('/nocontent/:id', answers.empty);
app.get('/stream/:id', answers.stream);
app.get('/stack/:id', answers.stack);
app.get('/never/:id', answers.never);
app.get('/partial/:id', answers.partial);
app.get('/boom/:id', () => {
  throw new RangeError('boom');
});
const server = app.listen(0, () => console.log(`port ${server.address().port}`), '127.0.0.1');
