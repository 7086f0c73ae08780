import { createMeter } from '../create-meter.ts';
import type { Meter, MeterOptions } from '../meter/index.ts';
import { CaptureSink } from '../outputs/index.ts';
import { now, setTimeout } from '../platform/index.ts';
import { type CapturedMetric, readLines } from './read.ts';

/** A meter that opens no socket and keeps what it would have sent. */
export interface CaptureMeter extends Meter {
  /** The meter itself, for code that keeps the two apart. */
  readonly meter: Meter;
  /** What was recorded so far, sample by sample; flushes first. */
  metrics(): Promise<CapturedMetric[]>;
  /** The lines as they would have stood on the wire; flushes first. */
  lines(): Promise<string[]>;
  /**
   * Resolves when nothing more is recorded: a response reaches its client before the request is
   * over for the server. Waits for `quietMs` without a new sample (default 25), at most two seconds.
   */
  settled(quietMs?: number): Promise<void>;
  /** Forgets what was captured. */
  clear(): Promise<void>;
}

const MOST_MS = 2_000;

let newest: CaptureMeter | null = null;
const sinks = new WeakMap<object, CaptureSink>();

/**
 * Makes a meter for tests, in the format of the Datadog Agent.
 *
 * @param options as for `createMeter`, except where it sends.
 * @throws RoutemeterError as `createMeter` does.
 *
 * @example
 * const meter = captureMeter()
 * app.use(expressMeter(meter))
 * await request(app).get('/home')
 * await meter.settled()
 * expectMetric('http.server.request').withTags({ http_route: '/home' }).times(1)
 */
export function captureMeter(
  options: Omit<MeterOptions, 'url' | 'sink' | 'client' | 'dialect' | 'server' | 'runtime'> = {},
): CaptureMeter {
  const sink = new CaptureSink();
  const meter = createMeter({ enabled: true, ...options, sink });
  const lines = async () => {
    await meter.flush();
    return sink.lines;
  };
  const captured: CaptureMeter = Object.assign(meter, {
    meter,
    lines,
    metrics: async () => readLines(await lines()),
    settled: async (quietMs = 25) => {
      const end = now() + MOST_MS;
      for (let last = -1; last !== meter.stats().samples && now() < end; ) {
        last = meter.stats().samples;
        await new Promise<void>((resolve) => setTimeout(resolve, quietMs));
      }
      await meter.flush();
    },
    clear: async () => {
      await meter.flush();
      sink.payloads.length = 0;
    },
  });
  sinks.set(meter, sink);
  newest = captured;
  return captured;
}

/** What a captured meter, by default the one made last, has recorded so far. */
export function captured(meter: Meter | null = newest): CapturedMetric[] {
  const sink = meter === null ? undefined : sinks.get(meter);
  if (meter === null || sink === undefined)
    throw new Error('no meter to look at: make one with captureMeter(), or hand it over');
  // A capture takes everything before the call returns.
  void meter.flush();
  return readLines(sink.lines);
}
