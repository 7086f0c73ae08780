import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CaptureSink, createMeter } from '../../src/index.ts';
import { hostile } from './hostile.ts';
import { PARSERS, stored } from './parsers.ts';

const BATCH = 25;
/** Cases over all dialects: 4 x 1000 x 25 = 100 000. */
const RUNS = 1000;

const TYPES = ['count', 'gauge', 'timing', 'histogram', 'distribution', 'set'] as const;

const cases = fc.array(
  fc.record({
    name: hostile,
    type: fc.constantFrom(...TYPES),
    value: fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => Math.abs(value) / 1e10),
    member: hostile,
    tags: fc.dictionary(
      hostile.filter((key) => key !== ''),
      hostile,
      { maxKeys: 3, noNullPrototype: true },
    ),
  }),
  { minLength: BATCH, maxLength: BATCH },
);

const ALL = ['dogstatsd', 'graphite', 'influx', 'statsd'] as const;

describe.each(ALL)('hostile names, tags and values through %s', (dialect) => {
  const parse = PARSERS[dialect];

  it('parse to what was meant, one line for each series, distinct series distinct', async () => {
    await fc.assert(
      fc.asyncProperty(cases, async (batch) => {
        const sink = new CaptureSink({ maxPayload: 8192 });
        const meter = createMeter({ sink, dialect, maxSeries: 100_000, pack: false });
        const meant = new Map<string, { type: string; count: number }>();
        for (const { name, type, value, member, tags } of batch) {
          if (type === 'set') meter.set(name, member, { tags });
          else meter[type](name, value, { tags });
          // What a user calls one series: the same name, type and tags (a flag and an empty value are one).
          const key = JSON.stringify([type, name, Object.entries(tags).sort()]);
          const known = meant.get(key) ?? { type, count: 0 };
          known.count++;
          meant.set(key, known);
        }
        await meter.close();
        const books = meter.stats();
        const read = sink.lines.map(parse);
        expect(sink.payloads.join('\n').split('\n')).toHaveLength(books.lines);
        expect(books.handed).toBe(batch.length);
        const apart = new Map<string, Set<string>>();
        for (const parsed of read) {
          const family = parsed.type;
          let names = apart.get(family);
          if (names === undefined) apart.set(family, (names = new Set()));
          names.add(stored[dialect]!(parsed));
        }
        const wire = {
          count: ['c'],
          gauge: ['g'],
          set: ['s'],
          timing: ['ms'],
          histogram: ['ms', 'h'],
          distribution: ['ms', 'h', 'd'],
        };
        // Series whose types share a letter on the wire share it by intent: compare without the type.
        const wanted = new Map<string, Set<string>>();
        for (const [key, { type }] of meant) {
          const letter = wire[type as keyof typeof wire].find((one) => letterOf(dialect, type) === one)!;
          const [, name, tags] = JSON.parse(key) as [string, string, unknown];
          const identity = JSON.stringify([name, tags]);
          wanted.set(letter, (wanted.get(letter) ?? new Set()).add(identity));
        }
        for (const [letter, identities] of wanted) expect(apart.get(letter)?.size).toBe(identities.size);
      }),
      { numRuns: RUNS },
    );
  });
});

function letterOf(dialect: string, type: string): string {
  const letters: Record<string, string> = { count: 'c', gauge: 'g', set: 's' };
  if (letters[type]) return letters[type];
  if (dialect === 'dogstatsd') return { timing: 'ms', histogram: 'h', distribution: 'd' }[type]!;
  return dialect === 'influx' && type !== 'timing' ? 'h' : 'ms';
}
