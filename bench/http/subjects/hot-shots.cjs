/** The middlewares that send StatsD through hot-shots. Blocks are timed with their client, as their users do. */
const frameworks = ['express'];
const handlers = ['hello', 'awaits', 'blocks'];
const env = ({ udpPort }) => ({ BENCH_STATSD_PORT: String(udpPort) });

function clientOf(load) {
  const { StatsD } = load('hot-shots');
  return new StatsD({ host: '127.0.0.1', port: Number(process.env.BENCH_STATSD_PORT), errorHandler() {} });
}

const timedBy = (client) => (name, fn) => {
  const start = performance.now();
  fn();
  client.timing(name, performance.now() - start);
};

function connectDatadog({ load, options }) {
  const dogstatsd = clientOf(load);
  const middleware = load('connect-datadog')({ dogstatsd, base_url: true, ...options });
  return { plug: (app) => app.use(middleware), timed: timedBy(dogstatsd) };
}

exports.subjects = [
  {
    name: 'express-hot-shots',
    rival: 'express-hot-shots',
    frameworks,
    handlers,
    env,
    start({ load }) {
      const client = clientOf(load);
      const middleware = load('express-hot-shots')({ client });
      return { plug: (app) => app.use(middleware), timed: timedBy(client) };
    },
    reports: ({ udp }) => /response_time:\d+\|ms/.test(udp) && /status_code\.200:1\|c/.test(udp),
  },
  {
    name: 'connect-datadog, timing only',
    rival: 'connect-datadog',
    frameworks,
    handlers,
    env,
    start: ({ load }) => connectDatadog({ load, options: {} }),
    reports: ({ udp }) => /response_time:\d+\|h\|#route:\/users\/:id/.test(udp),
  },
  {
    name: 'connect-datadog, response codes',
    rival: 'connect-datadog',
    frameworks,
    handlers,
    env,
    start: ({ load }) => connectDatadog({ load, options: { response_code: true, method: true } }),
    reports: ({ udp }) => /response_code\.200:1\|c/.test(udp) && /response_time:\d+\|h\|#route/.test(udp),
  },
];
