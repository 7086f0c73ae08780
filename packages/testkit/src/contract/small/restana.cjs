'use strict';

// The contract's application for restana: `node restana.cjs [module of the one line]`. Prints its port.

const restana = require('restana');
const answers = require('./answers.cjs');

const measured = (app) => (process.argv[2] ? require(process.argv[2]).restanaMeter(app) : app);

const app = measured(restana());
app.use((_req, _res, next) => next());
app.use('/assets', answers.asset);
const orgs = app.newRouter();
orgs.get('/', answers.ok);
orgs.get('/things/:id', answers.ok);
app.use('/orgs/:org', orgs);
app.get('/', answers.ok);
app.get('/users/:id', answers.ok);
app.post('/users/:id', answers.created);
app.get('/hello/:name', answers.ok);
app.get('/opt/:x?', answers.ok);
app.get('/files/*', answers.ok);
app.get(['/one/:id', '/two/:id'], answers.ok);
app.get('/old/:id', answers.redirect);
app.get('/nocontent/:id', answers.empty);
app.get('/stream/:id', answers.stream);
app.get('/never/:id', answers.never);
app.get('/partial/:id', answers.partial);
app.get('/stack/:id', answers.stack);
app.get('/boom/:id', () => {
  throw new RangeError('boom');
});
app.start(0, '127.0.0.1').then((server) => console.log(`port ${server.address().port}`));
