const { awaits, blocks } = require('./work.cjs');

module.exports = async ({ plug, timed }) => {
  const Koa = require('koa');
  const { Router } = require('@koa/router');
  const app = new Koa();
  const router = new Router();
  await plug(app);
  router.get('/users/:id', (ctx) => {
    ctx.body = { id: ctx.params.id };
  });
  router.get('/awaits/:id', async (ctx) => {
    await awaits();
    ctx.body = { id: ctx.params.id };
  });
  router.get('/blocks/:id', (ctx) => {
    blocks(timed);
    ctx.body = { id: ctx.params.id };
  });
  app.use(router.routes());
  return app.listen(0, '127.0.0.1');
};
