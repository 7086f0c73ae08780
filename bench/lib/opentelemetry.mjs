// OpenTelemetry in a process that is measured.

/**
 * Sets it up with a context, spans and metrics. Nothing is exported: what that costs is not what is looked for.
 *
 * @param load `require` of the folder that holds its packages.
 * @returns its `trace`, and what registers instrumentations.
 */
export function startOpenTelemetry(load) {
  const { trace, metrics, context } = load('@opentelemetry/api');
  const { AsyncLocalStorageContextManager } = load('@opentelemetry/context-async-hooks');
  const { BasicTracerProvider } = load('@opentelemetry/sdk-trace-base');
  const { MeterProvider, MetricReader } = load('@opentelemetry/sdk-metrics');
  const { registerInstrumentations } = load('@opentelemetry/instrumentation');
  class Reader extends MetricReader {
    onShutdown() {}
    onForceFlush() {}
  }
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  trace.setGlobalTracerProvider(new BasicTracerProvider());
  metrics.setGlobalMeterProvider(new MeterProvider({ readers: [new Reader()] }));
  return { trace, register: (instrumentations) => registerInstrumentations({ instrumentations }) };
}
