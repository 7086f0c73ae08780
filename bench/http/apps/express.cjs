const { awaits, blocks } = require('./work.cjs');

module.exports = async ({ plug, timed }) => {
  const express = require('express');
  const app = express();
  app.disable('x-powered-by');
  await plug(app);
  app.get('/users/:id', (req, res) => {
    res.json({ id: req.params.id });
  });
  app.get('/awaits/:id', async (req, res) => {
    await awaits();
    res.json({ id: req.params.id });
  });
  app.get('/blocks/:id', (req, res) => {
    blocks(timed);
    res.json({ id: req.params.id });
  });
  return app.listen(0, '127.0.0.1');
};
