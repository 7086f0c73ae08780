/** OpenTelemetry with metrics alone: no SDK for traces, the instrumentations that tell it the route. */
function metrics(load) {
  const { MeterProvider, PeriodicExportingMetricReader } = load('@opentelemetry/sdk-metrics');
  const { OTLPMetricExporter } = load('@opentelemetry/exporter-metrics-otlp-proto');
  const exporter = new OTLPMetricExporter({ url: process.env.BENCH_OTLP_URL });
  // The reader's own default: it exports once a minute.
  const reader = new PeriodicExportingMetricReader({ exporter });
  return new MeterProvider({ readers: [reader] });
}

function start({ load, framework }) {
  const meterProvider = metrics(load);
  const flush = () => meterProvider.forceFlush();
  if (framework === 'hono') {
    const { httpInstrumentationMiddleware } = load('@hono/otel');
    return { plug: (app) => app.use(httpInstrumentationMiddleware({ meterProvider })), flush };
  }
  const { registerInstrumentations } = load('@opentelemetry/instrumentation');
  const { HttpInstrumentation } = load('@opentelemetry/instrumentation-http');
  const { AsyncLocalStorageContextManager } = load('@opentelemetry/context-async-hooks');
  load('@opentelemetry/api').context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  const http = new HttpInstrumentation();
  if (framework === 'fastify') {
    const { FastifyOtelInstrumentation } = load('@fastify/otel');
    const fastify = new FastifyOtelInstrumentation();
    registerInstrumentations({ meterProvider, instrumentations: [http, fastify] });
    return { plug: (app) => app.register(fastify.plugin()), flush };
  }
  const own =
    framework === 'express'
      ? new (load('@opentelemetry/instrumentation-express').ExpressInstrumentation)()
      : new (load('@opentelemetry/instrumentation-koa').KoaInstrumentation)();
  registerInstrumentations({ meterProvider, instrumentations: [http, own] });
  return { plug() {}, flush };
}

exports.subjects = [
  {
    name: 'OpenTelemetry metrics',
    rival: 'opentelemetry',
    frameworks: ['express', 'fastify', 'koa', 'hono'],
    handlers: ['hello', 'awaits'],
    env: ({ agent }) => ({
      BENCH_OTLP_URL: `${agent}/v1/metrics`,
      OTEL_SEMCONV_STABILITY_OPT_IN: 'http',
    }),
    start,
    reports: ({ agent }) => agent.includes('http.server.request.duration') && agent.includes('/users/:id'),
  },
];
