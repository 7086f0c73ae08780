const { awaits, blocks } = require('./work.cjs');

module.exports = async ({ plug, timed }) => {
  const { Hono } = require('hono');
  const { serve } = require('@hono/node-server');
  const app = new Hono();
  await plug(app);
  app.get('/users/:id', (c) => c.json({ id: c.req.param('id') }));
  app.get('/awaits/:id', async (c) => {
    await awaits();
    return c.json({ id: c.req.param('id') });
  });
  app.get('/blocks/:id', (c) => {
    blocks(timed);
    return c.json({ id: c.req.param('id') });
  });
  return serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' });
};
