'use strict';

// The contract's application for Sails 1.5: `node sails.cjs [module of the one line]`. Prints its port.

const { createServer } = require('node:net');
const { Sails } = require('sails');
const answers = require('./answers.cjs');

const line = process.argv[2];
const order = ['cookieParser', 'bodyParser', 'router', 'www', 'favicon'];
const app = new Sails();
// It takes 0 for no port at all.
const probe = createServer().listen(0, '127.0.0.1', () => {
  const { port } = probe.address();
  probe.close(() => lift(port));
});

const lift = (port) =>
  app.lift(
    {
      appPath: __dirname,
      port,
      explicitHost: '127.0.0.1',
      environment: process.env.NODE_ENV ?? 'development',
      log: { level: 'silent' },
      hooks: { grunt: false, session: false, pubsub: false, i18n: false },
      globals: false,
      http: {
        middleware: {
          order: line ? ['routemeter', ...order] : order,
          ...(line ? { routemeter: require(line).expressMeter() } : {}),
        },
      },
      routes: {
        'GET /': answers.ok,
        'GET /users/:id': answers.ok,
        'POST /users/:id': answers.created,
        'GET /hello/:name': answers.ok,
        'GET /files/*': answers.ok,
        'GET /opt/:x?': answers.ok,
        'GET /old/:id': answers.redirect,
        'GET /nocontent/:id': answers.empty,
        'GET /stream/:id': (req, res) => answers.stream(req, res),
        'GET /stack/:id': answers.stack,
        'GET /never/:id': answers.never,
        'GET /partial/:id': answers.partial,
        'GET /boom/:id': () => {
          throw new RangeError('boom');
        },
      },
    },
    (error) => {
      if (error) throw error;
      console.log(`port ${port}`);
    },
  );
