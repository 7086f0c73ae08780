import { describe, expect, it } from 'vitest';
import { CaptureSink, createMeter, type MeterOptions } from '../../src/index.ts';
import { PARSERS, stored } from './parsers.ts';

const LONG = `^\\/${'(?:a|b),'.repeat(1280)}$`;

async function lines(options: MeterOptions, routes: readonly string[]): Promise<string[]> {
  const sink = new CaptureSink();
  const meter = createMeter({ sink, ...options });
  for (const route of routes) meter.count('hits', 1, { tags: { http_route: route } });
  await meter.close();
  return sink.lines;
}

const ROUTES = [
  '/users/:id',
  '/files/*path',
  '/opt{/:x}',
  '^\\/(?:pipe|tube)\\/(\\d+)$',
  '/a:b,c|d#e=f',
  '/with space',
  '/größe/日本',
  '/line\nbreak\r\n',
  '',
];

const EXPECTED: Record<string, string[]> = {
  dogstatsd: [
    'hits:1|c|#http_route:/users/:id',
    'hits:1|c|#http_route:/files/*path',
    'hits:1|c|#http_route:/opt{/:x}',
    'hits:1|c|#http_route:^\\/(?:pipe_tube)\\/(\\d+)$',
    'hits:1|c|#http_route:/a:b_c_d#e=f',
    'hits:1|c|#http_route:/with space',
    'hits:1|c|#http_route:/größe/日本',
    'hits:1|c|#http_route:/line_break__',
    'hits:1|c|#http_route',
  ],
  graphite: [
    'hits;http_route=-users-_id:1|c',
    'hits;http_route=-files-_path:1|c',
    'hits;http_route=-opt_-_x_:1|c',
    'hits;http_route=__-(',
  ],
  influx: [
    'hits,http_route=/users/_id:1|c',
    'hits,http_route=/files/_path:1|c',
    'hits,http_route=/opt_/_x_:1|c',
  ],
  statsd: ['hits.users._id:1|c', 'hits.files._path:1|c', 'hits.opt_._x_:1|c'],
};
EXPECTED.graphite![3] = 'hits;http_route=__-(__pipe_tube)_-(_d_)_'.replace(/[()]/g, '_').concat(':1|c');

describe.each(['dogstatsd', 'graphite', 'influx', 'statsd'] as const)('%s', (dialect) => {
  it('writes ordinary templates as they are, and odd ones readably', async () => {
    const found = await lines({ dialect }, ROUTES);
    const expected = EXPECTED[dialect]!;
    expect(found.slice(0, expected.length)).toEqual(expected);
    expect(found).toHaveLength(ROUTES.length);
    expect(new Set(found.map((line) => stored[dialect]!(PARSERS[dialect](line)))).size).toBe(ROUTES.length);
  });

  it('cuts ten kilobytes to what servers keep, and keeps two of them apart', async () => {
    const found = await lines({ dialect }, [LONG, `${LONG}?`]);
    expect(found).toHaveLength(2);
    for (const line of found) expect(line.length).toBeLessThan(300);
    expect(new Set(found.map((line) => stored[dialect]!(PARSERS[dialect](line)))).size).toBe(2);
  });

  it('marks only what the server would merge, and the same way every time', async () => {
    const pairs = ['/a/:b', '/a/:b?', '/Users', '/users', '/a-b', '/a/b', '/a_b', '/users/:userId'];
    const found = await lines({ dialect }, pairs);
    const marked = found.filter((line) => /-[0-9a-f]{8}\b/.test(line)).length;
    expect(marked).toBe({ dogstatsd: 2, graphite: 1, influx: 0, statsd: 1 }[dialect]);
    expect(found[0]).not.toMatch(/-[0-9a-f]{8}\b/);
    expect(await lines({ dialect }, pairs)).toEqual(found);
  });
});

describe('the fields of DogStatsD', () => {
  async function written(options: MeterOptions): Promise<string[]> {
    const sink = new CaptureSink();
    const meter = createMeter({ sink, tags: { app: 'a' }, ...options });
    meter.count('c', 2, { sampleRate: 1 });
    meter.gauge('g', -1.5, { timestamp: 1_700_000_000.9 });
    meter.gauge('g', 1, { timestamp: Number.NaN });
    meter.event('title|x', 'two\nlines', { alertType: 'error', tags: ['k:v'] });
    meter.check('up', 1, { message: 'm: late\nagain' });
    await meter.close();
    return sink.lines;
  }

  it('are not sent unless asked for', async () => {
    expect(await written({})).toEqual([
      'g:-1.5|g|#app:a|T1700000000',
      '_e{7,10}:title|x|two\\nlines|t:error|#app:a,k:v',
      '_sc|up|1|#app:a|m:m\\: late\\nagain',
      'c:2|c|#app:a',
    ]);
  });

  it('come last: container, external data, cardinality', async () => {
    const found = await written({ containerId: 'ci-1', externalData: 'it-false,pu-x', cardinality: 'low' });
    for (const line of found) expect(line).toContain('|c:ci-1|e:it-false,pu-x|card:low');
    expect(found[3]).toBe('c:2|c|#app:a|c:ci-1|e:it-false,pu-x|card:low');
  });

  it('count what a dialect without such lines was given', async () => {
    const sink = new CaptureSink();
    const meter = createMeter({ sink, server: 'graphite' });
    meter.event('title');
    meter.check('up', 0);
    meter.count('c', 1, { timestamp: 5 });
    await meter.close();
    expect(sink.lines).toEqual([]);
    expect(meter.stats().dropped).toEqual({ unsupported: 3 });
  });
});

describe('gauges', () => {
  it.each(['graphite', 'statsd', 'influx'] as const)(
    'in %s set zero before a negative value',
    async (dialect) => {
      const sink = new CaptureSink();
      const meter = createMeter({ sink, dialect });
      meter.gauge('depth', -5);
      await meter.flush();
      meter.gauge('depth', 5);
      await meter.close();
      expect(sink.payloads).toEqual(['depth:0|g\ndepth:-5|g', 'depth:5|g']);
      expect(meter.stats()).toMatchObject({ samples: 2, handed: 2, lines: 3 });
    },
  );

  it('never part the zero from its value', async () => {
    const sink = new CaptureSink({ maxPayload: 64 });
    const meter = createMeter({ sink, dialect: 'statsd' });
    for (let i = 0; i < 50; i++) meter.gauge(`gauge${i}`, -i - 1);
    await meter.close();
    for (const payload of sink.payloads) {
      const found = payload.split('\n');
      expect(found.length % 2).toBe(0);
      for (let i = 0; i < found.length; i += 2) {
        expect(found[i]).toBe(`${found[i + 1]!.split(':')[0]}:0|g`);
      }
    }
  });
});

describe('sums that leave the numbers', () => {
  it('are dropped and counted', async () => {
    const sink = new CaptureSink();
    const meter = createMeter({ sink });
    meter.count('c', Number.MAX_VALUE);
    meter.count('c', Number.MAX_VALUE);
    await meter.close();
    expect(sink.lines).toEqual([]);
    expect(meter.stats().dropped).toEqual({ invalid: 2 });
  });
});

describe('members of sets', () => {
  it.each(['dogstatsd', 'graphite', 'influx', 'statsd'] as const)('stay distinct in %s', async (dialect) => {
    const sink = new CaptureSink();
    const meter = createMeter({ sink, dialect });
    const members = ['a|b', 'a_b', 'a\nb', 'plain', '', 'x'.repeat(500), `${'x'.repeat(500)}y`, 'k:v'];
    for (const member of members) meter.set('s', member);
    await meter.close();
    const read = sink.lines.map((line) => PARSERS[dialect](line).values[0]);
    expect(new Set(read).size).toBe(members.length);
    expect(read[3]).toBe('plain');
  });
});
