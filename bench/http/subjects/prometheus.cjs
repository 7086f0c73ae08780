/** The middlewares that keep histograms to be scraped. They have no call that times a block by itself. */
const handlers = ['hello', 'awaits'];

exports.subjects = [
  {
    name: 'express-prom-bundle',
    rival: 'express-prom-bundle',
    frameworks: ['express'],
    handlers,
    start({ load }) {
      const bundle = load('express-prom-bundle');
      const middleware = bundle({ includeMethod: true, includePath: true });
      return { plug: (app) => app.use(middleware) };
    },
    reports: async ({ scrape }) =>
      /http_request_duration_seconds_count\{.*path="\/users\/#val".*\} 1/.test(await scrape('/metrics')),
  },
  {
    name: 'fastify-metrics',
    rival: 'fastify-metrics',
    frameworks: ['fastify'],
    handlers,
    start({ load }) {
      const { default: plugin } = load('fastify-metrics');
      return { plug: (app) => app.register(plugin, { endpoint: '/metrics' }) };
    },
    reports: async ({ scrape }) =>
      /http_request_duration_seconds_count\{.*route="\/users\/:id".*\} 1/.test(await scrape('/metrics')),
  },
  {
    name: 'swagger-stats',
    rival: 'swagger-stats',
    frameworks: ['express', 'fastify'],
    handlers,
    start({ load, framework }) {
      const stats = load('swagger-stats');
      if (framework === 'fastify') {
        // It asks for `fastify.use()`, which left Fastify with version 3.
        const plug = async (app) => {
          await app.register(load('@fastify/middie'));
          await app.register(stats.getFastifyPlugin, {});
        };
        return { plug };
      }
      return { plug: (app) => app.use(stats.getMiddleware({})) };
    },
    reports: async ({ scrape }) => /api_all_request_total [1-9]/.test(await scrape('/swagger-stats/metrics')),
  },
];
