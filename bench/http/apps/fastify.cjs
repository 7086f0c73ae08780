const { awaits, blocks } = require('./work.cjs');

module.exports = async ({ plug, timed, routes = 0 }) => {
  const app = require('fastify')();
  await plug(app);
  app.get('/users/:id', async (request) => ({ id: request.params.id }));
  app.get('/awaits/:id', async (request) => {
    await awaits();
    return { id: request.params.id };
  });
  app.get('/blocks/:id', async (request) => {
    blocks(timed);
    return { id: request.params.id };
  });
  for (let i = 0; i < routes; i++)
    app.get(`/resource${i}/:id`, async (request) => ({ id: request.params.id }));
  await app.listen({ port: 0, host: '127.0.0.1' });
  return app.server;
};
