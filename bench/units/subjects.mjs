// Who measures the units, and how: each subject makes the libraries ready before servers and workers are made, and
// returns what it adds to the options of a worker of BullMQ.
import { startOpenTelemetry } from '../lib/opentelemetry.mjs';

/** @param load `require` of the folder that holds the libraries and OpenTelemetry's instrumentation of them. */
export async function prepare(subject, load) {
  return (await SUBJECTS[subject].prepare(load)) ?? {};
}

/** Added cost is the difference to the subject that each one is `over`. */
export const SUBJECTS = {
  bare: { prepare() {} },
  'Routemeter, off': { over: 'bare', prepare: (load) => routemeter(load, { enabled: false }) },
  'Routemeter, wall': { over: 'bare', prepare: (load) => routemeter(load, { cpu: 'off' }) },
  Routemeter: { over: 'bare', prepare: (load) => routemeter(load, { breakdown: true, cpu: 1 }) },
  OpenTelemetry: { over: 'bare', prepare: opentelemetry },
};

async function routemeter(load, options) {
  const { createMeter } = await import('routemeter');
  const { units } = await import('routemeter/units');
  const meter = createMeter({ url: 'udp://127.0.0.1:9', ...options });
  units(meter, load('@grpc/grpc-js'), load('bullmq'));
}

function opentelemetry(load) {
  const { register } = startOpenTelemetry(load);
  const { GrpcInstrumentation } = load('@opentelemetry/instrumentation-grpc');
  const { BullMQOtel } = load('bullmq-otel');
  register([new GrpcInstrumentation()]);
  return { telemetry: new BullMQOtel('bench') };
}
