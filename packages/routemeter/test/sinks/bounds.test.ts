import { describe, expect, it } from 'vitest';
import { CaptureSink, ClientSink, createMeter, type DropCause, type Payload } from '../../src/index.ts';
import { Recent } from '../../src/outputs/sinks/recent.ts';

describe('what a server may not have read', () => {
  it('is what was handed over within the span, and counts once', () => {
    const recent = new Recent(2_000);
    recent.add(1, 10_000);
    recent.add(2, 11_000);
    recent.add(4, 12_500);
    expect(recent.take(12_600)).toBe(6);
    expect(recent.take(12_600)).toBe(0);
    recent.add(8, 13_000);
    expect(recent.take(15_500)).toBe(0);
    recent.add(16, 60_000);
    expect(recent.take(60_001)).toBe(16);
  });

  it('is the newest at least where a refusal tells of one, however late the refusal comes', () => {
    const recent = new Recent(2_000);
    recent.add(1, 10_000);
    recent.add(2, 10_000);
    expect(recent.take(20_000, true)).toBe(2);
    expect(recent.take(20_000, true)).toBe(0);
    recent.add(4, 30_000);
    expect(recent.take(40_000)).toBe(0);
  });
});

describe('a client that never answers', () => {
  it('is given no more than a thousand payloads or so', async () => {
    const sink = new ClientSink({ send() {} });
    const settled: Array<DropCause | null> = [];
    sink.open((_payload, cause) => settled.push(cause));
    for (let i = 0; i < 1_100; i++) {
      const payload: Payload = { buffer: Buffer.from('c:1|c'), length: 5, samples: 1, lines: 1 };
      sink.send(payload);
    }
    expect(settled).toHaveLength(1_100 - 1_024);
    expect(new Set(settled)).toEqual(new Set(['queue_full']));
    await sink.close();
  });
});

describe('a naming function', () => {
  it('may answer sixteen names, and none', async () => {
    const sink = new CaptureSink();
    const meter = createMeter({
      sink,
      names: ({ metric }) =>
        metric === 'none' ? [] : Array.from({ length: 50 }, (_, i) => ({ name: `n${i}` })),
    });
    meter.count('many');
    meter.count('none');
    await meter.close();
    expect(sink.lines).toHaveLength(16);
    expect(meter.stats()).toMatchObject({ samples: 2, handed: 1, dropped: { unnamed: 1 } });
  });
});

describe('a negative timing', () => {
  it('is dropped and counted; other values may be negative', async () => {
    const sink = new CaptureSink();
    const meter = createMeter({ sink });
    meter.timing('t', -1);
    meter.histogram('h', -1);
    meter.distribution('d', -1.5);
    await meter.close();
    expect(sink.lines.sort()).toEqual(['d:-1.5|d', 'h:-1|h']);
    expect(meter.stats().dropped).toEqual({ invalid: 1 });
  });
});
