import { createMeter, type Meter, type MeterOptions } from '../meter/index.ts';
import { CaptureSink } from '../outputs/index.ts';
import { type CapturedMetric, readLines } from './read.ts';

/** A meter that opens no socket and keeps what it would have sent. */
export interface CaptureMeter {
  readonly meter: Meter;
  /** What was recorded so far, sample by sample; flushes first. */
  metrics(): Promise<CapturedMetric[]>;
  /** The lines as they would have stood on the wire; flushes first. */
  lines(): Promise<string[]>;
  /** Forgets what was captured. */
  clear(): Promise<void>;
}

/**
 * Makes a meter for tests, in the format of the Datadog Agent.
 *
 * @param options as for `createMeter`, except where it sends.
 * @throws RoutemeterError as `createMeter` does.
 *
 * @example
 * const captured = captureMeter()
 * app.use(expressMeter(captured.meter))
 * await request(app).get('/home')
 * expectMetric(await captured.metrics(), 'http.server.request').withTags({ http_route: '/home' }).times(1)
 */
export function captureMeter(
  options: Omit<MeterOptions, 'url' | 'sink' | 'dialect' | 'server'> = {},
): CaptureMeter {
  const sink = new CaptureSink();
  const meter = createMeter({ ...options, sink });
  const lines = async () => {
    await meter.flush();
    return sink.lines;
  };
  return {
    meter,
    lines,
    metrics: async () => readLines(await lines()),
    clear: async () => {
      await meter.flush();
      sink.payloads.length = 0;
    },
  };
}
