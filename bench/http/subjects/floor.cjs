/**
 * What a measurement cannot do without, around nothing: where Routemeter stands beside these, and not beside the
 * bare app, is its own part.
 */
const { AsyncLocalStorage, createHook } = require('node:async_hooks');
const { nodeTiming } = performance;

const handlers = ['hello', 'awaits'];
const empty = {
  express: (app) => app.use((_req, _res, next) => next()),
  fastify: (app) => app.addHook('onRequest', (_request, _reply, done) => done()),
};

/** One layer; a context that code can be told by; a listener for the end; clocks read `times` for begin and end. */
function layer({ framework, read }) {
  const storage = new AsyncLocalStorage();
  const enter = (response, next) => {
    const request = { began: read(), ended: 0 };
    response.on('close', () => {
      request.ended = read() - request.began;
    });
    storage.run(request, next);
  };
  const layers = {
    express: (app) => app.use((_req, res, next) => enter(res, next)),
    fastify: (app) => app.addHook('onRequest', (_request, reply, done) => enter(reply.raw, done)),
  };
  return { plug: layers[framework], storage };
}

const wall = () => performance.now();
/** The loop's idle time beside the time, and both once more where code first returns. */
const exact = () => performance.now() + nodeTiming.idleTime;

exports.subjects = [
  {
    name: 'floor: an empty layer',
    isFloor: true,
    frameworks: Object.keys(empty),
    handlers,
    start: ({ framework }) => ({ plug: empty[framework] }),
    reports: () => true,
  },
  {
    name: 'floor, wall: layer, context, listener, clock',
    isFloor: true,
    frameworks: Object.keys(empty),
    handlers,
    start: ({ framework }) => ({ plug: layer({ framework, read: wall }).plug }),
    reports: () => true,
  },
  {
    name: 'floor, CPU: the same, idle time, a hook that asks for the context',
    isFloor: true,
    frameworks: Object.keys(empty),
    handlers,
    start({ framework }) {
      const { plug, storage } = layer({ framework, read: exact });
      // Whose code runs is asked each time that some code begins: without a hook nobody tells.
      createHook({ before: () => storage.getStore() }).enable();
      return { plug };
    },
    reports: () => true,
  },
];
