/** Routemeter by its one line and by the preload, in each of its modes. */
const all = ['express', 'fastify', 'koa', 'hono'];
const handlers = ['hello', 'awaits', 'blocks'];

const LINES = {
  express: (meter) => (app) => app.use(require('routemeter/express').expressMeter(meter)),
  fastify: (meter) => (app) => app.register(require('routemeter/fastify').fastifyMeter, { meter }),
  koa: (meter) => (app) => app.use(require('routemeter/koa').koaMeter(meter)),
  hono: (meter) => (app) => app.use(require('routemeter/hono').honoMeter(meter)),
};

function line({ framework, ...options }) {
  const { createMeter } = require('routemeter');
  const meter = createMeter(options);
  return using(meter, LINES[framework](meter));
}

function preload() {
  return using(require('routemeter').defaultMeter(), () => {});
}

function using(meter, plug) {
  return {
    plug,
    timed: (name, fn) => meter.time(name, fn),
    flush: () => meter.flush(),
    stats: () => meter.stats(),
  };
}

const environment = ({ udp }) => ({ ROUTEMETER_URL: udp });
const argv = () => ['--import', 'routemeter/register'];
const ROUTE = /http\.server\.request:[\d.]+\|d\|#.*http_route:\/users\/:id/;
const CPU = /http\.server\.request\.cpu:[\d.]+\|d\|/;
const wall = ({ udp }) => ROUTE.test(udp) && !CPU.test(udp);
const exact = ({ udp }) => ROUTE.test(udp) && CPU.test(udp);

exports.subjects = [
  {
    name: 'Routemeter preload, disabled',
    frameworks: all,
    handlers,
    argv,
    env: (sinks) => ({ ...environment(sinks), ROUTEMETER_ENABLED: 'false' }),
    start: preload,
    reports: ({ udp }) => udp === '',
  },
  {
    name: 'Routemeter, enabled: false',
    frameworks: all,
    handlers,
    env: environment,
    start: ({ framework }) => line({ framework, enabled: false }),
    reports: ({ udp }) => udp === '',
  },
  {
    name: 'Routemeter, wall',
    frameworks: all,
    handlers,
    env: environment,
    start: ({ framework }) => line({ framework, cpu: 'off' }),
    reports: wall,
  },
  {
    name: 'Routemeter, exact CPU',
    frameworks: all,
    handlers,
    env: environment,
    start: ({ framework }) => line({ framework, cpu: 'auto' }),
    reports: exact,
  },
  {
    name: 'Routemeter, CPU of 0.1',
    frameworks: all,
    handlers,
    env: environment,
    start: ({ framework }) => line({ framework, cpu: 0.1 }),
    // One request in ten has CPU: which one is left to chance.
    reports: ({ udp }) => ROUTE.test(udp),
  },
  {
    name: 'Routemeter preload, wall',
    frameworks: ['express', 'fastify'],
    handlers,
    argv,
    env: (sinks) => ({ ...environment(sinks), ROUTEMETER_CPU: 'off' }),
    start: preload,
    reports: wall,
  },
  {
    name: 'Routemeter preload, exact CPU',
    frameworks: ['express', 'fastify'],
    handlers,
    argv,
    env: environment,
    start: preload,
    reports: exact,
  },
];
