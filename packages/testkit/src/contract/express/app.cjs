'use strict';

// The applications of the contract for Express, by major. Written in plain JavaScript: child
// processes on every Node load them, too.

const path = require('node:path');

const FIXED_STACK = 'Error: told by the default handler';

/** What differs between the two majors' path syntax. */
const SYNTAX = {
  4: { optional: '/opt/:x?', files: '/files/*', any: '*', word: '/word/:n(\\d+)' },
  5: { optional: '/opt{/:x}', files: '/files/*path', any: '/*any', word: '/word/:n' },
};

const ok = (req, res) => res.json({ params: req.params, base: req.baseUrl });

/** Routers, made apart from the application: programs often have them in modules of their own. */
function makeRouters(express) {
  const orgs = express.Router({ mergeParams: true });
  orgs.get('/', ok);
  orgs.get('/users/:id', ok);
  orgs.get('/fail', () => {
    throw Object.assign(new Error('teapot'), { teapot: true });
  });
  orgs.use((error, _req, res, next) => (error.teapot ? res.status(418).send('teapot') : next(error)));

  const deep = express.Router({ mergeParams: true });
  deep.get('/leaf', ok);
  const level = express.Router({ mergeParams: true });
  level.use('/deep/:n', deep);
  level.use(['/list/:kind', '/lists'], deep);
  level.use(/^\/re(\d+)/, deep);
  const v1 = express.Router();
  v1.use('/Api', level);
  v1.get('/giveup/:id', (_req, _res, next) => next());

  const shared = express.Router();
  shared.get('/thing/:id', ok);
  shared.get('/', ok);
  shared.get('/sometimes/:id', (req, res, next) => (req.baseUrl === '/mount-a' ? next() : ok(req, res)));

  const arrays = express.Router();
  arrays.get('/x/:id', ok);

  const tree = express.Router({ mergeParams: true });
  tree.get('/', ok);
  tree.use('/replies/:reply', tree);

  const params = express.Router();
  params.param('pid', (_req, _res, next, value) => {
    if (value === 'bad') next(Object.assign(new Error('bad pid'), { status: 400 }));
    else if (value === 'skip') next('route');
    else if (value === 'later') setTimeout(next, 5, Object.assign(new Error('bad pid'), { status: 400 }));
    else next();
  });
  params.param('tid', (_req, res, next, value) =>
    value === 'none' ? res.status(404).send('no tenant') : next(),
  );
  params.get('/:pid', ok);
  params.get('/:pid/answered/:tid', ok);
  params.use('/tenants/:tid', shared);

  return { orgs, v1, shared, arrays, tree, params };
}

/**
 * @param {object} options `first`: a middleware to stand before everything; `foreign`: an application
 * of another framework or major, mounted as it is.
 */
function makeApp(express, major, routers, { first, foreign } = {}) {
  const syntax = SYNTAX[major];
  const app = express();
  app.set('env', 'test');
  if (first) app.use(first);

  app.use((req, _res, next) => {
    if (req.url.startsWith('/legacy/')) req.url = req.url.replace('/legacy/', '/users/');
    next();
  });
  app.use('/assets', express.static(path.join(__dirname, '..', 'assets')));
  app.use('/secure', (req, res, next) => (req.headers.authorization ? next() : res.status(401).send('who?')));
  app.use('/api', express.json());
  app.use('/broken', (_req, _res, next) => next(new TypeError('middleware broke')));

  app.get('/', ok);
  app.get('/users/:id', ok);
  app.post('/users/:id', (_req, res) => res.status(201).send('made'));
  app.get('/slash/', ok);
  app.get('/secure/thing/:id', ok);
  app.get(['/arr/a/:id', ['/arr/b/:id'], /^\/arr\/(c|d)$/], ok);
  app.get(/^\/(?:pipe|tube)\/(\d+)$/, ok);
  app.get(/^\/sticky\/(\d+)$/g, ok);
  app.get(syntax.optional, ok);
  app.get(syntax.files, ok);
  app.get(syntax.word, ok);
  app
    .route('/multi/:id')
    .get(ok)
    .post((_req, res) => res.status(201).send('made'));
  app.all('/all/:id', ok);
  app.post('/postonly/:id', ok);
  app.get('/boom/:id', () => {
    throw new RangeError('boom');
  });
  app.get('/reject/:id', async (_req, _res, next) => {
    await null;
    if (major === 4) return next(new RangeError('rejected'));
    throw new RangeError('rejected');
  });
  app.get('/default/:id', (_req, _res, next) => {
    const error = new Error('told by the default handler');
    error.stack = FIXED_STACK;
    error.byDefault = true;
    next(error);
  });
  app.get('/client-error/:id', (_req, _res, next) => next(Object.assign(new Error('gone'), { status: 410 })));
  app.get('/status/:id', (_req, res) => res.status(503).send('no'));
  app.get('/old/:id', (req, res) => res.redirect(302, `/users/${req.params.id}`));
  app.get('/nocontent/:id', (_req, res) => res.status(204).end());
  app.get('/cache/:id', (_req, res) => res.set('ETag', '"one"').send('cached'));
  app.get('/slow/:id', (_req, res) => setTimeout(() => res.send('slow'), 40));
  app.get('/never/:id', () => {});
  app.get('/partial/:id', (_req, res) => {
    res.write('some');
  });
  app.get('/sse/:chan', (_req, res) => {
    res.set('Content-Type', 'text/event-stream');
    res.write('data: 1\n\n');
    setTimeout(() => res.end('data: 2\n\n'), 5);
  });
  app.post('/api/echo/:id', ok);
  app.post('/own-json/:id', express.json(), ok);
  app.get('/handler-a/:id', ok);
  app.get('/handler-b/:id', ok);
  app.get('/chain/:id', (_req, _res, next) => setImmediate(next), ok);
  app.get(
    '/inner-error/:id',
    () => {
      throw new Error('inner');
    },
    (_error, _req, res, _next) => res.status(422).send('inner'),
  );

  app.get('/fall/:id', (_req, _res, next) => next('route'), ok);
  app.get('/fall/:name', ok);
  app.get('/out/:id', (_req, _res, next) => next('router'));
  app.get('/giveup/:id', (_req, _res, next) => next());
  app.get('/handed-on/:id', (_req, _res, next) => next());
  app.use('/handed-on', (_req, res) => res.send('by a middleware'));
  app.get('/both/:id', (_req, res, next) => {
    res.send('first');
    next();
  });
  app.get('/both/:late', () => {});
  app.get('/recovered/:id', () => {
    throw new Error('forgiven');
  });
  app.use('/recovered', (_error, _req, _res, next) => next());
  app.get('/recovered/:other', ok);
  app.get('/handed/value/:id', (req, _res, next) => next({ answer: 200, id: req.params.id }));
  for (const answer of [200, 404, 0]) {
    app.get(`/handed/${answer}/:id`, () => {
      throw Object.assign(new RangeError('handed on'), { answer });
    });
  }
  app.use('/handed', ({ answer }, _req, res, _next) => {
    if (answer > 0) res.status(answer).send('handled');
  });
  app.get('/forgotten/:id', () => {
    throw new Error('forgiven');
  });
  app.use('/forgotten', (_error, _req, _res, next) => next());

  app.use('/orgs/:org', routers.orgs);
  app.use('/v1', routers.v1);
  app.use('/mount-a', routers.shared);
  app.use('/mount-b', routers.shared);
  app.use(['/pre1', '/pre2'], routers.arrays);
  app.use('/comments/:comment/', routers.tree);
  app.use('/params', routers.params);
  const any = express.Router();
  any.all(syntax.any, ok);
  app.use('/any', any);
  app.use('/wrapped/:w', (req, res, next) => routers.shared(req, res, next));
  app.use('/with-guard/:w', (_req, _res, next) => next(), routers.shared);

  const strict = express.Router({ strict: true, caseSensitive: true });
  strict.get('/Exact', ok);
  app.use('/strict', strict);

  const sub = express();
  sub.get('/items/:id', ok);
  sub.get('/', ok);
  sub.get('/boom', () => {
    throw new RangeError('sub');
  });
  sub.get('/own', () => {
    throw Object.assign(new Error('own'), { own: true });
  });
  sub.use((error, _req, res, next) => (error.own ? res.status(409).send('own') : next(error)));
  app.use('/sub', sub);
  app.use('/sub-late/:s', sub);
  if (foreign) app.use('/foreign/:f', (req, res, next) => foreign(req, res, next));

  app.use((error, _req, res, next) => {
    if (error.byDefault || res.headersSent) return next(error);
    res.status(error.status || 500).send(`failed: ${error.message}`);
  });
  return app;
}

module.exports = { makeRouters, makeApp };
