import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { captureWarnings } from '../../src/errors/index.ts';
import { IDLE_MS, OVERFLOW, Registry, type Series, type SeriesId, type Tag } from '../../src/series/index.ts';

const app: Tag = { key: 'app', value: 'shop', origin: 'app' };
const route = (value: string): Tag => ({ key: 'http_route', value, origin: 'request' });
const user = (key: string, value: string): Tag => ({ key, value, origin: 'user' });

function id(metric: string, tags: Tag[], type: SeriesId['type'] = 'distribution'): SeriesId {
  return { metric, type, tags: [app, ...tags], rate: 1, own: false, breakdown: false };
}

function value(series: Series, key: string): string | undefined {
  return series.id.tags.find((tag) => tag.key === key)?.value;
}

describe('Registry', () => {
  it('gives the same series for the same identity in any order of tags', () => {
    const registry = new Registry(10, () => {});
    const one = registry.resolve(id('m', [user('a', '1'), user('b', '2')]), 0);
    const two = registry.resolve(id('m', [user('b', '2'), user('a', '1')]), 0);
    expect(two).toBe(one);
    expect(registry.size).toBe(1);
  });

  it('tells identities apart whose tags only look alike when joined', () => {
    const registry = new Registry(10, () => {});
    registry.resolve(id('m', [user('a', 'b\0c')]), 0);
    registry.resolve(id('m', [user('a', 'b'), user('c', '')]), 0);
    expect(registry.size).toBe(2);
  });

  it('folds the widest user tag first, keeps routes and app tags, and says so once', () => {
    const lines: string[] = [];
    const restore = captureWarnings((line) => lines.push(line));
    const registry = new Registry(40, () => {});
    for (let i = 0; i < 1000; i++) {
      registry.resolve(
        id('m', [route('/a'), user('plan', i % 2 ? 'free' : 'paid'), user('account', `acc-${i}`)]),
        0,
      );
    }
    const last = registry.resolve(id('m', [route('/a'), user('plan', 'free'), user('account', 'new')]), 0);
    restore();
    expect(last && value(last, 'account')).toBe(OVERFLOW);
    expect(last && value(last, 'plan')).toBe('free');
    expect(last && value(last, 'http_route')).toBe('/a');
    expect(last && value(last, 'app')).toBe('shop');
    expect(last?.overflow).toBe(true);
    expect(registry.size).toBeLessThanOrEqual(40);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain('"account"');
  });

  it('leaves a quarter to series without user tags', () => {
    const registry = new Registry(100, () => {});
    for (let i = 0; i < 1000; i++) registry.resolve(id('m', [user('account', `acc-${i}`)]), 0);
    const routes = Array.from({ length: 20 }, (_, i) => registry.resolve(id('http', [route(`/r${i}`)]), 0));
    expect(routes.map((series) => series && value(series, 'http_route'))).toEqual(
      routes.map((_, i) => `/r${i}`),
    );
  });

  it('folds the route when there is nothing else to fold', () => {
    const registry = new Registry(10, () => {});
    for (let i = 0; i < 50; i++) registry.resolve(id('http', [route(`/r${i}`)]), 0);
    const last = registry.resolve(id('http', [route('/new')]), 0);
    expect(last && value(last, 'http_route')).toBe(OVERFLOW);
    expect(registry.size).toBeLessThanOrEqual(10);
  });

  it('refuses gauges and sets above the cap, since their mixture means nothing', () => {
    const registry = new Registry(10, () => {});
    for (let i = 0; i < 50; i++) registry.resolve(id('http', [route(`/r${i}`)]), 0);
    expect(registry.resolve(id('http', [route('/x')], 'gauge'), 0)).toBeNull();
    expect(registry.resolve(id('http', [route('/x')], 'set'), 0)).toBeNull();
  });

  it('never exceeds the cap and never loses a sample that can be added, whatever comes', () => {
    const arbitrary = fc.record({
      metric: fc.constantFrom('a', 'b', 'c'),
      tags: fc.dictionary(fc.string({ maxLength: 3 }), fc.string({ maxLength: 3 }), { maxKeys: 4 }),
      route: fc.option(fc.string({ maxLength: 4 })),
      type: fc.constantFrom<SeriesId['type']>('count', 'distribution', 'timing'),
    });
    fc.assert(
      fc.property(
        fc.array(arbitrary, { maxLength: 200 }),
        fc.integer({ min: 24, max: 100 }),
        (calls, max) => {
          const registry = new Registry(max, () => {});
          // Names have their cap of their own: here every metric is there before the crowd comes.
          for (const metric of ['a', 'b', 'c']) {
            for (const type of ['count', 'distribution', 'timing'] as const)
              registry.resolve(id(metric, [], type), 0);
          }
          const totals = new Map<string, number>();
          for (const call of calls) {
            const tags = Object.entries(call.tags).map(([key, text]) => user(key, text));
            if (call.route !== null) tags.push(route(call.route));
            const series = registry.resolve(id(call.metric, tags, call.type), 0);
            expect(registry.size).toBeLessThanOrEqual(max);
            series?.add(1);
            expect(series).not.toBeNull();
            totals.set(call.metric, (totals.get(call.metric) ?? 0) + 1);
          }
          for (const [metric, total] of totals) {
            let sum = 0;
            for (const series of registry.values()) if (series.id.metric === metric) sum += series.samples;
            expect(sum).toBe(total);
          }
        },
      ),
      { numRuns: 200 },
    );
  });

  it('refuses further metric names when no place is left', () => {
    const registry = new Registry(10, () => {});
    const found = Array.from({ length: 100 }, (_, i) => registry.resolve(id(`metric-${i}`, []), 0));
    expect(registry.size).toBeLessThanOrEqual(10);
    expect(found.some((series) => series === null)).toBe(true);
  });

  it('lets series go after ten idle minutes and gives their place to others', () => {
    const registry = new Registry(10, () => {});
    const old = registry.resolve(id('m', [user('a', '1')]), 0);
    registry.resolve(id('m', [user('a', '2')]), IDLE_MS);
    registry.sweep(IDLE_MS + 1);
    expect(old?.dead).toBe(true);
    expect(registry.size).toBe(1);
    for (let round = 1; round < 50; round++) {
      registry.resolve(id(`name-${round}`, [user('a', `${round}`)]), IDLE_MS * 2 * round);
      registry.sweep(IDLE_MS * 2 * round);
    }
    expect(registry.size).toBe(1);
    expect(registry.resolve(id('another', []), IDLE_MS * 200)?.overflow).toBe(false);
  });

  it('keeps a series that still has samples', () => {
    const registry = new Registry(10, () => {});
    const series = registry.resolve(id('m', []), 0);
    series?.record(1);
    registry.sweep(IDLE_MS * 5);
    expect(series?.dead).toBe(false);
  });
});
