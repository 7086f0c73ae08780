'use strict';

// The contract's application for moleculer-web: `node moleculer.cjs [module of the one line]`. Prints its port.

const { ServiceBroker } = require('moleculer');
const gateway = require('moleculer-web');
const answers = require('./answers.cjs');

const broker = new ServiceBroker({ logger: false, uidGenerator: () => 'contract' });
broker.createService({
  name: 'users',
  actions: {
    get: () => 'answered',
    create(ctx) {
      ctx.meta.$statusCode = 201;
      return 'created';
    },
    boom() {
      throw new RangeError('boom');
    },
  },
});
const service = broker.createService({
  mixins: [gateway],
  settings: {
    port: 0,
    ip: '127.0.0.1',
    routes: [
      {
        path: '/orgs',
        aliases: { 'GET things/:id': 'users.get' },
        mappingPolicy: 'all',
      },
      {
        path: '/',
        mappingPolicy: 'restrict',
        aliases: {
          'GET users/:id': 'users.get',
          'POST users/:id': 'users.create',
          'GET hello/:name': 'users.get',
          'GET files/*path': 'users.get',
          'GET boom/:id': 'users.boom',
          'GET old/:id': answers.redirect,
          'GET nocontent/:id': answers.empty,
          'GET stream/:id': answers.stream,
          'GET stack/:id': answers.stack,
          'GET never/:id': answers.never,
          'GET partial/:id': answers.partial,
        },
      },
    ],
  },
});
if (process.argv[2]) {
  const { serverMeter } = require(process.argv[2]);
  serverMeter(service.server);
}
broker.start().then(() => console.log(`port ${service.server.address().port}`));
