import { execFileSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { bundle } from '../../../testkit/src/bundle.ts';
import { CaptureSink, createMeter } from '../../src/index.ts';
import { cpuMeasured } from '../../src/runtime/cpu-measured.ts';
import { RUNTIME_METRICS, startRuntime } from '../../src/runtime/index.ts';

/** Names and, where given, the newest value of each. */
function newest(lines: readonly string[]): Map<string, number> {
  const found = new Map<string, number>();
  for (const line of lines) {
    const [head = '', ...rest] = line.split('|');
    const tags = rest.find((field) => field.startsWith('#')) ?? '';
    found.set(head.slice(0, head.indexOf(':')) + tags, Number(head.split(':').at(-1)));
  }
  return found;
}

describe('the metrics of the process', () => {
  it('send everything that they say they send, and nothing else', async () => {
    const sink = new CaptureSink();
    const meter = createMeter({ sink, runtime: true });
    const garbage: unknown[] = [];
    for (let i = 0; i < 200_000; i++) garbage.push({ i });
    await meter.time('busy', async () => {
      const until = performance.now() + 30;
      while (performance.now() < until);
      await sleep(60);
    });
    await sleep(60);
    await meter.flush();
    await meter.close();
    const names = new Set(sink.lines.map((line) => line.slice(0, line.indexOf(':'))));
    // Of what is sent once not all CPU is measured there is nothing here.
    const promised = RUNTIME_METRICS.filter((metric) => metric !== cpuMeasured).flatMap((metric) =>
      Object.keys(metric.sends),
    );
    expect([...names].filter((name) => name.startsWith('nodejs.')).sort()).toEqual([...promised].sort());
  });

  it('tell busy from idle, and the CPU of requests from the rest', async () => {
    const sink = new CaptureSink();
    const meter = createMeter({ sink });
    const stop = startRuntime(meter);
    await sleep(50);
    await meter.flush();
    sink.payloads.length = 0;
    meter.time('busy', () => {
      const until = performance.now() + 300;
      while (performance.now() < until);
    });
    await sleep(1);
    await meter.flush();
    const busy = newest(sink.lines);
    sink.payloads.length = 0;
    await sleep(300);
    await meter.flush();
    const idle = newest(sink.lines);
    stop();
    await meter.close();
    const utilization = (of: Map<string, number>) => of.get('nodejs.event_loop.utilization')!;
    expect(utilization(busy)).toBeGreaterThan(utilization(idle));
    expect(busy.get('nodejs.cpu.requests')!).toBeGreaterThan(busy.get('nodejs.cpu.outside')!);
    expect(idle.get('nodejs.cpu.requests')!).toBeLessThan(busy.get('nodejs.cpu.requests')!);
    expect(busy.get('nodejs.heap.used')!).toBeGreaterThan(1e6);
    expect(busy.get('nodejs.memory.rss')!).toBeGreaterThan(busy.get('nodejs.heap.used')!);
    expect([...busy.keys()].some((key) => key.startsWith('nodejs.heap.space.used#space:new_space'))).toBe(
      true,
    );
  });

  it('see what blocks the event loop right after the start, and right after a flush', async () => {
    const sink = new CaptureSink();
    const meter = createMeter({ sink });
    const stop = startRuntime(meter);
    /** The longest delay of the next flush that tells one. */
    const longest = async () => {
      for (;;) {
        await sleep(25);
        await meter.flush();
        const told = newest(sink.lines).get('nodejs.event_loop.delay.max');
        sink.payloads.length = 0;
        if (told !== undefined) return told;
      }
    };
    const block = () => {
      const until = performance.now() + 200;
      while (performance.now() < until);
    };
    block();
    expect(await longest()).toBeGreaterThan(150);
    block();
    expect(await longest()).toBeGreaterThan(150);
    stop();
    await meter.close();
  });

  it('come once for one meter, and stop with it', async () => {
    const sink = new CaptureSink();
    const meter = createMeter({ sink, runtime: true });
    expect(startRuntime(meter)).toBe(startRuntime(meter));
    await meter.flush();
    const before = meter.core.beforeTick.length;
    await meter.close();
    expect(meter.core.beforeTick.length).toBe(before - 1);
  });

  it('are not there unless asked for, and never with a meter that is off', async () => {
    const sink = new CaptureSink();
    const meter = createMeter({ sink });
    meter.count('c');
    await meter.close();
    expect(sink.lines).toEqual(['c:1|c']);
    const off = createMeter({ enabled: false, runtime: true });
    expect(off.core.beforeTick).toEqual([]);
  });

  it('do not keep the process alive', async () => {
    const script = await bundle(new URL('./scripts/ends.ts', import.meta.url), 'runtime-ends');
    const out = execFileSync(process.execPath, [script], { timeout: 60_000, encoding: 'utf8' });
    expect(out).toBe('done\n');
  });
});
