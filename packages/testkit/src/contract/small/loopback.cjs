'use strict';

// The contract's application for LoopBack 4: `node loopback.cjs [module of the one line]`. Prints its port.

const express = require('express');
const { RestApplication, RestBindings, Route } = require('@loopback/rest');
const answers = require('./answers.cjs');

const lb = new RestApplication({ rest: { openApiSpec: { disabled: true }, gracePeriodForClose: 0 } });
lb.bind(RestBindings.SequenceActions.LOG_ERROR).to(() => {});
// Errors are answered with their stacks, as in development.
lb.bind(RestBindings.ERROR_WRITER_OPTIONS).to({ debug: true });
const id = { name: 'id', in: 'path', schema: { type: 'string' }, required: true };
const spec = { parameters: [id], responses: { 200: { description: 'answered' } } };
const route = (verb, path, handler) => lb.route(new Route(verb, path, spec, handler));
route('get', '/users/{id}', (value) => `user ${value}`);
route('post', '/users/{id}', (value) => `created ${value}`);
route('get', '/hello/{id}', (value) => `hello ${value}`);
route('get', '/nocontent/{id}', () => undefined);
route('get', '/stack/{id}', () => new Error('here').stack);
route('get', '/never/{id}', () => new Promise(() => {}));
route('get', '/boom/{id}', () => {
  throw new RangeError('boom');
});

// As its documentation mounts it on Express.
const app = express();
if (process.argv[2]) app.use(require(process.argv[2]).expressMeter());
app.get('/old/:id', answers.redirect);
app.use('/assets', answers.asset);
app.use('/api', lb.requestHandler);
lb.boot?.();
const server = app.listen(0, '127.0.0.1', () => console.log(`port ${server.address().port}`));
