const { createRequire } = require('node:module');
const { join } = require('node:path');
const { pathToFileURL } = require('node:url');

/** Routemeter by its one line and by the preload, in each of its modes. */
const all = ['express', 'fastify', 'koa', 'hono', 'hapi', 'nest'];
const handlers = ['hello', 'awaits', 'blocks'];

const LINES = {
  express: (load, meter) => (app) => app.use(load('routemeter/express').expressMeter(meter)),
  fastify: (load, meter) => (app) => app.register(load('routemeter/fastify').fastifyMeter, { meter }),
  koa: (load, meter) => (app) => app.use(load('routemeter/koa').koaMeter(meter)),
  hono: (load, meter) => (app) => app.use(load('routemeter/hono').honoMeter(meter)),
  hapi: (load, meter) => (app) =>
    app.register({ plugin: load('routemeter/hapi').hapiMeter, options: { meter } }),
  nest: (load, meter) => (imports) =>
    imports.push(load('routemeter/nest').RoutemeterModule.forRoot({ meter })),
};

/** `load`: a `require` that finds the build which is measured. */
function line({ framework, load = require, ...options }) {
  const { createMeter } = load('routemeter');
  const meter = createMeter(options);
  return using(meter, LINES[framework](load, meter));
}

/** The build to compare with: the package's folder, as `npm run bench -- --before` has it. */
const before = () => createRequire(join(process.env.BENCH_BEFORE, 'package.json'));

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
    name: 'Routemeter before, wall',
    isBefore: true,
    frameworks: all,
    handlers,
    env: environment,
    start: ({ framework }) => line({ framework, load: before(), cpu: 'off' }),
    reports: wall,
  },
  {
    name: 'Routemeter before, exact CPU',
    isBefore: true,
    frameworks: all,
    handlers,
    env: environment,
    start: ({ framework }) => line({ framework, load: before(), cpu: 'auto' }),
    reports: exact,
  },
  {
    name: 'Routemeter before, preload, exact CPU',
    isBefore: true,
    frameworks: ['express', 'fastify'],
    handlers,
    argv: () => ['--import', pathToFileURL(join(process.env.BENCH_BEFORE, 'dist/register.mjs')).href],
    env: environment,
    start: () => using(before()('routemeter').defaultMeter(), () => {}),
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
