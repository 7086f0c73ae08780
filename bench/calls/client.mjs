// Makes calls of upstreams and prints the CPU of each, in µs: `client.mjs SUBJECT FOLDER PORTS CALLS WINDOWS`. The
// folder holds the libraries, and OpenTelemetry's instrumentation of them.
import { createRequire } from 'node:module';
import { join } from 'node:path';

const [subject, folder, ports, calls, windows] = process.argv.slice(2);
const { http: httpPort, postgresql, redis: redisPort } = JSON.parse(ports);
const load = createRequire(join(folder, 'package.json'));

/** Runs a function as what calls are charged to. */
let within = (fn) => fn();
if (subject === 'routemeter') {
  const { createMeter } = await import('routemeter');
  const { upstreams } = await import('routemeter/upstreams');
  upstreams(load('pg'), load('ioredis'));
  const meter = createMeter({ url: 'udp://127.0.0.1:9', upstreams: true, breakdown: true });
  within = (fn) => meter.time('job', fn);
} else if (subject === 'opentelemetry') {
  const { trace, metrics, context } = load('@opentelemetry/api');
  const { AsyncLocalStorageContextManager } = load('@opentelemetry/context-async-hooks');
  const { BasicTracerProvider } = load('@opentelemetry/sdk-trace-base');
  const { MeterProvider, MetricReader } = load('@opentelemetry/sdk-metrics');
  const { registerInstrumentations } = load('@opentelemetry/instrumentation');
  const { PgInstrumentation } = load('@opentelemetry/instrumentation-pg');
  const { IORedisInstrumentation } = load('@opentelemetry/instrumentation-ioredis');
  const { UndiciInstrumentation } = load('@opentelemetry/instrumentation-undici');
  // Nothing is exported: what that costs is not the calls'.
  class Reader extends MetricReader {
    onShutdown() {}
    onForceFlush() {}
  }
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  trace.setGlobalTracerProvider(new BasicTracerProvider());
  metrics.setGlobalMeterProvider(new MeterProvider({ readers: [new Reader()] }));
  registerInstrumentations({
    instrumentations: [new PgInstrumentation(), new IORedisInstrumentation(), new UndiciInstrumentation()],
  });
  const tracer = trace.getTracer('bench');
  within = (fn) => tracer.startActiveSpan('job', (span) => fn().finally(() => span.end()));
}

const { Pool } = load('pg');
const { Redis } = load('ioredis');
const pool = new Pool({ host: '127.0.0.1', port: postgresql, user: 'test', database: 'postgres', max: 1 });
const redis = new Redis({ host: '127.0.0.1', port: redisPort });
const CALLS = {
  'ioredis get': () => redis.get('key'),
  'pg select 1': () => pool.query('select 1'),
  fetch: async () => (await fetch(`http://127.0.0.1:${httpPort}/`)).text(),
};

/** CPU of this process for each call, in µs; several at once, as a backend makes them. */
async function window(call) {
  const before = process.cpuUsage();
  await within(async () => {
    for (let i = 0; i < calls / 10; i++) await Promise.all(Array.from({ length: 10 }, call));
  });
  const { user, system } = process.cpuUsage(before);
  return (user + system) / calls;
}

const found = {};
for (const [name, call] of Object.entries(CALLS)) {
  // The first two are for the compiler.
  const all = [];
  for (let i = -2; i < Number(windows); i++) all.push(await window(call));
  found[name] = all.slice(2);
}
process.stdout.write(`${JSON.stringify(found)}\n`, () => process.exit());
