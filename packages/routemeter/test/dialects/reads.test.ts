import { describe, expect, it } from 'vitest';
import type { ServerName } from '../../src/config/servers.ts';
import { CaptureSink, createMeter, type MeterOptions } from '../../src/index.ts';

/** One of everything that not every server of DogStatsD reads, and the books of it. */
async function everything(options: MeterOptions) {
  const sink = new CaptureSink();
  const meter = createMeter({ sink, ...options });
  meter.set('users', 'a');
  meter.set('users', 'b');
  meter.gauge('below', -3);
  meter.gauge('above', 3);
  meter.gauge('then', -2, { timestamp: 1_700_000_000 });
  meter.gauge('then', 2, { timestamp: 1_700_000_000 });
  meter.count('hits', 1, { tags: { canary: '' } });
  meter.event('deployed');
  meter.check('db', 0);
  await meter.close();
  const { samples, handed, dropped } = meter.stats();
  return { lines: sink.lines, samples, handed, dropped };
}

describe('what servers read of DogStatsD', () => {
  it('the Datadog Agent: everything', async () => {
    const { lines, samples, handed, dropped } = await everything({ server: 'datadog' });
    expect(lines.sort()).toEqual([
      '_e{8,0}:deployed|',
      '_sc|db|0',
      'above:3|g',
      'below:-3|g',
      'hits:1|c|#canary',
      'then:-2|g|T1700000000',
      'then:2|g|T1700000000',
      'users:a|s',
      'users:b|s',
    ]);
    expect({ handed, dropped }).toEqual({ handed: samples, dropped: {} });
  });

  it.each(['statsd_exporter', 'otel'] as const)(
    '%s: no sets, events and bare tags, and signs are changes',
    async (server) => {
      const { lines, samples, handed, dropped } = await everything({ server });
      expect(lines).toContain('below:0|g');
      // Zero first, in the same payload.
      expect(lines.indexOf('below:-3|g')).toBe(lines.indexOf('below:0|g') + 1);
      expect(lines.filter((line) => !line.startsWith('below')).sort()).toEqual([
        'above:3|g',
        'hits:1|c|#canary:true',
        'then:2|g|T1700000000',
      ]);
      expect(handed).toBe(samples - 5);
      expect(dropped).toEqual({ unsupported: 5 });
    },
  );

  it('a tag without a value stays apart from one that says true', async () => {
    const sink = new CaptureSink();
    const meter = createMeter({ sink, server: 'otel' as ServerName });
    meter.count('hits', 1, { tags: { canary: '' } });
    meter.count('hits', 1, { tags: { canary: 'true' } });
    await meter.close();
    expect(new Set(sink.lines).size).toBe(2);
  });

  it('Vector reads sets and bare tags', async () => {
    const { lines, dropped } = await everything({ server: 'vector' });
    expect(lines).toEqual(
      expect.arrayContaining(['users:a|s', 'hits:1|c|#canary', 'below:0|g', 'below:-3|g']),
    );
    expect(dropped).toEqual({ unsupported: 3 });
  });

  it('a server of another format, told to speak this one: everything, and zero first', async () => {
    const { lines, dropped } = await everything({
      server: 'statsd',
      dialect: 'dogstatsd',
      cardinality: 'low',
    });
    expect(lines).toEqual(
      expect.arrayContaining(['users:a|s|card:low', 'below:0|g|card:low', '_e{8,0}:deployed||card:low']),
    );
    expect(dropped).toEqual({ unsupported: 1 });
  });

  it('the zero before a negative gauge has its tags', async () => {
    const sink = new CaptureSink();
    const meter = createMeter({ sink, server: 'otel', prefix: 'shop', tags: { env: 'prod' } });
    meter.gauge('balance', -3, { tags: { plan: 'free' } });
    await meter.close();
    expect(sink.lines).toEqual([
      'shop.balance:0|g|#env:prod,plan:free',
      'shop.balance:-3|g|#env:prod,plan:free',
    ]);
  });
});
