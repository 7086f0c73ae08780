'use strict';

// The contract's application for Feathers on Express: `node feathers.cjs [module of the one line]`. Prints its port.

const { feathers } = require('@feathersjs/feathers');
const express = require('@feathersjs/express');
const { users, stack, boom } = require('./feathers-services.cjs');
const answers = require('./answers.cjs');

const app = express.default(feathers());
if (process.argv[2]) app.use(require(process.argv[2]).expressMeter());
app.use(express.json());
app.get('/old/:id', answers.redirect);
app.get('/stack/:id', answers.stack);
app.get('/never/:id', answers.never);
app.use('/assets', answers.asset);
app.configure(express.rest());
app.use('users', users);
app.use('orgs/:org/things', users);
app.use('stacks', stack);
app.use('boom', boom);
app.use(express.notFound());
app.use(express.errorHandler({ logger: false, html: false }));
app.listen(0, '127.0.0.1').then((server) => {
  const tell = () => console.log(`port ${server.address().port}`);
  if (server.listening) tell();
  else server.once('listening', tell);
});
