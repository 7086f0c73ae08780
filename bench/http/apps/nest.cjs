const { awaits, blocks } = require('./work.cjs');

/** On its default platform, Express. Decorators are called as functions: nothing here is compiled. */
module.exports = async ({ plug, timed }) => {
  const { Controller, Get, Module, Param } = await import('@nestjs/common');
  const { NestFactory } = await import('@nestjs/core');
  class Users {
    hello(id) {
      return { id };
    }
    async awaits(id) {
      await awaits();
      return { id };
    }
    blocks(id) {
      blocks(timed);
      return { id };
    }
  }
  for (const [method, path] of [
    ['hello', 'users'],
    ['awaits', 'awaits'],
    ['blocks', 'blocks'],
  ]) {
    Get(`${path}/:id`)(Users.prototype, method, Object.getOwnPropertyDescriptor(Users.prototype, method));
    Param('id')(Users.prototype, method, 0);
  }
  Controller()(Users);
  const imports = [];
  await plug(imports);
  class App {}
  Module({ imports, controllers: [Users] })(App);
  const app = await NestFactory.create(App, { logger: false });
  await app.listen(0, '127.0.0.1');
  return app.getHttpServer();
};
