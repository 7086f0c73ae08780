'use strict';

// The contract's application for polka: `node polka.cjs [module of the one line]`. Prints its port.

const polka = require('polka');
const answers = require('./answers.cjs');

const measured = (app) => (process.argv[2] ? require(process.argv[2]).polkaMeter(app) : app);

const app = measured(polka());
app.use((_req, _res, next) => next());
app.use('/assets', answers.asset);
const orgs = polka();
orgs.get('/', answers.ok);
orgs.get('/things/:id', answers.ok);
app.use('/orgs', orgs);
app.get('/', answers.ok);
app.get('/users/:id', answers.ok);
app.post('/users/:id', answers.created);
app.get('/hello/:name', answers.ok);
app.get('/opt/:x?', answers.ok);
app.get('/files/*', answers.ok);
app.get('/old/:id', answers.redirect);
app.get('/nocontent/:id', answers.empty);
app.get('/stream/:id', answers.stream);
app.get('/never/:id', answers.never);
app.get('/partial/:id', answers.partial);
app.get('/stack/:id', answers.stack);
app.get('/boom/:id', (_req, _res, next) => next(new RangeError('boom')));
app.listen(0, '127.0.0.1', () => console.log(`port ${app.server.address().port}`));
