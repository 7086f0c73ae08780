'use strict';

// The contract's application for restify: `node restify.cjs [module of the one line]`. Prints its port.

const restify = require('restify');
const answers = require('./answers.cjs');

const app = restify.createServer({ name: 'contract', handleUncaughtExceptions: false });
if (process.argv[2]) require(process.argv[2]).serverMeter(app.server);
app.use((_req, _res, next) => next());
const done = (answer) => (req, res, next) => {
  answer(req, res);
  next();
};
app.get('/', done(answers.ok));
app.get('/users/:id', done(answers.ok));
app.post('/users/:id', done(answers.created));
app.head('/users/:id', done(answers.empty));
app.get('/hello/:name', done(answers.ok));
app.get('/files/*', done(answers.ok));
app.get('/old/:id', done(answers.redirect));
app.get('/nocontent/:id', done(answers.empty));
app.get('/stream/:id', (req, res, next) => answers.stream(req, res, next));
app.get('/stack/:id', done(answers.stack));
app.get('/never/:id', (req, res, _next) => answers.never(req, res));
app.get('/partial/:id', (req, res, _next) => answers.partial(req, res));
app.get('/boom/:id', (_req, _res, next) => next(new RangeError('boom')));
app.listen(0, '127.0.0.1', () => console.log(`port ${app.address().port}`));
