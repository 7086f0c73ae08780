'use strict';

// The contract's application for Feathers on Koa: `node feathers-koa.cjs [module of the one line]`. Prints its port.

const { feathers } = require('@feathersjs/feathers');
const { bodyParser, errorHandler, koa, rest } = require('@feathersjs/koa');
const { users, stack, boom } = require('./feathers-services.cjs');

const app = koa(feathers());
app.silent = true;
if (process.argv[2]) app.use(require(process.argv[2]).koaMeter());
app.use(errorHandler());
app.use(bodyParser());
app.configure(rest());
app.use('users', users);
app.use('orgs/:org/things', users);
app.use('stacks', stack);
app.use('boom', boom);
app.listen(0, '127.0.0.1').then((server) => {
  const tell = () => console.log(`port ${server.address().port}`);
  if (server.listening) tell();
  else server.once('listening', tell);
});
