const { awaits, blocks } = require('./work.cjs');

module.exports = async ({ plug, timed }) => {
  const app = require('@hapi/hapi').server({ port: 0, host: '127.0.0.1' });
  await plug(app);
  app.route([
    { method: 'GET', path: '/users/{id}', handler: ({ params }) => ({ id: params.id }) },
    {
      method: 'GET',
      path: '/awaits/{id}',
      async handler({ params }) {
        await awaits();
        return { id: params.id };
      },
    },
    {
      method: 'GET',
      path: '/blocks/{id}',
      handler({ params }) {
        blocks(timed);
        return { id: params.id };
      },
    },
  ]);
  await app.start();
  return app.listener;
};
