/** The app as it is. */
exports.subjects = [
  {
    name: 'bare',
    frameworks: ['express', 'fastify', 'koa', 'hono', 'hapi', 'nest'],
    handlers: ['hello', 'awaits', 'blocks'],
    start: () => ({ plug() {}, timed: (_name, fn) => fn() }),
    reports: () => true,
  },
];
