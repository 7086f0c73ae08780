// Who follows the calls, and how: each subject makes `libraries` ready, before clients are made, and returns what
// runs a function as the unit of work that calls belong to.
import { AsyncLocalStorage } from 'node:async_hooks';
import { subscribe } from 'node:diagnostics_channel';
import { performance } from 'node:perf_hooks';
import { startOpenTelemetry } from '../lib/opentelemetry.mjs';

/** @param load `require` of the folder that holds the libraries and OpenTelemetry's instrumentation of them. */
export async function prepare(subject, load) {
  return SUBJECTS[subject].prepare(load);
}

/**
 * `over` is the subject that does the same without following calls: what a unit of work costs by itself, its
 * context and its CPU, is no cost of a call.
 */
export const SUBJECTS = {
  bare: { prepare: () => (fn) => fn() },
  floor: { over: 'bare', prepare: floor },
  'Routemeter, no calls': { over: 'bare', prepare: () => routemeter(false, 1) },
  Routemeter: { over: 'Routemeter, no calls', prepare: (load) => routemeter(load, 1) },
  'Routemeter, wall, no calls': { over: 'bare', prepare: () => routemeter(false, 'off') },
  'Routemeter, wall': { over: 'Routemeter, wall, no calls', prepare: (load) => routemeter(load, 'off') },
  'OpenTelemetry, no calls': { over: 'bare', prepare: (load) => opentelemetry(load, false) },
  OpenTelemetry: { over: 'OpenTelemetry, no calls', prepare: (load) => opentelemetry(load, true) },
};

/** The least that can tell whose call it was and how long it took: a context, a hook, and a clock at each end. */
function floor(load) {
  const storage = new AsyncLocalStorage();
  const state = { calls: 0, ms: 0 };
  const begin = () => (storage.getStore() === state ? performance.now() : 0);
  const end = (at) => {
    state.calls++;
    state.ms += performance.now() - at;
  };
  const { Redis } = load('ioredis');
  const { sendCommand } = Redis.prototype;
  Redis.prototype.sendCommand = function (command, stream) {
    const at = begin();
    const { resolve } = command;
    command.resolve = (value) => {
      end(at);
      resolve(value);
    };
    return sendCommand.call(this, command, stream);
  };
  const { prototype: pools } = Object.getPrototypeOf(load('pg').Pool);
  const { query } = pools;
  pools.query = function (text, values, callback) {
    const at = begin();
    return query.call(this, text, values, callback).then((result) => {
      end(at);
      return result;
    });
  };
  const AT = Symbol('at');
  subscribe('undici:request:create', ({ request }) => {
    request[AT] = begin();
  });
  subscribe('undici:request:trailers', ({ request }) => end(request[AT]));
  return (fn) => storage.run(state, fn);
}

async function routemeter(load, cpu) {
  const { createMeter } = await import('routemeter');
  if (load !== false) {
    const { upstreams } = await import('routemeter/upstreams');
    upstreams(load('pg'), load('ioredis'));
  }
  const meter = createMeter({ url: 'udp://127.0.0.1:9', upstreams: load !== false, breakdown: true, cpu });
  return (fn) => meter.time('job', fn);
}

function opentelemetry(load, follows) {
  const { trace, register } = startOpenTelemetry(load);
  if (follows) {
    const { PgInstrumentation } = load('@opentelemetry/instrumentation-pg');
    const { IORedisInstrumentation } = load('@opentelemetry/instrumentation-ioredis');
    const { UndiciInstrumentation } = load('@opentelemetry/instrumentation-undici');
    register([new PgInstrumentation(), new IORedisInstrumentation(), new UndiciInstrumentation()]);
  }
  const tracer = trace.getTracer('bench');
  return (fn) => tracer.startActiveSpan('job', (span) => fn().finally(() => span.end()));
}
