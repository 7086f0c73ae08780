import { describe, expect, it } from 'vitest';
import { captureMeter, expectMetric } from '../../src/testing/index.ts';

describe('tags', () => {
  it('are the same as an array and as an object', async () => {
    const meter = captureMeter();
    meter.count('c', 1, { tags: { a: 1, b: true } });
    meter.count('c', 1, { tags: ['a:1', 'b:true'] });
    expect(await meter.lines()).toEqual(['c:2|c|#a:1,b:true']);
    await meter.close();
  });

  it('of a block are given at its start, set while it runs, and ignored afterwards', async () => {
    const meter = captureMeter();
    const block = meter.block('render', { page: 'home', from: 'start' });
    block.tag('from', 'cache').tag('size', 3);
    block.end();
    block.tag('late', 'x');
    meter.time('parse', (inner) => inner.tag('ok', true), ['page:home']);
    expectMetric('render').withTags({ page: 'home', from: 'cache', size: 3 }).times(1);
    expectMetric('render.cpu').withTags({ from: 'cache' }).times(1);
    expectMetric('parse').withTags({ ok: 'true', page: 'home' }).times(1);
    expect((await meter.metrics()).every((metric) => !('late' in metric.tags))).toBe(true);
    await meter.close();
  });

  it('of a child lie between the meter and the call, under its prefix', async () => {
    const meter = captureMeter({ prefix: 'app', tags: { app: 'a', layer: 'none' } });
    const child = meter.child({ prefix: 'db', tags: { layer: 'db' } }).child({ tags: ['pool:1'] });
    child.count('queries', 1, { tags: { pool: '2' } });
    child.time('query', () => {});
    expectMetric('app.db.queries').withTags({ app: 'a', layer: 'db', pool: '2' }).times(1);
    expectMetric('app.db.query').withTags({ layer: 'db', pool: '1' }).times(1);
    await meter.close();
  });
});

describe('sampleRate', () => {
  it('records the share and sends the rate, per call over per meter, gauges and sets never', async () => {
    const meter = captureMeter({ sampleRate: 0.5 });
    for (let i = 0; i < 4000; i++) {
      meter.increment('half');
      meter.timing('tenth', 1, { sampleRate: 0.1 });
      meter.count('all', 1, { sampleRate: 1 });
    }
    meter.gauge('g', 1);
    meter.set('s', 'x');
    const sums = new Map<string, { sum: number; rate: number }>();
    for (const { name, value, rate, type } of await meter.metrics()) {
      const known = sums.get(name) ?? { sum: 0, rate };
      known.sum += type === 'ms' ? 1 : Number(value);
      sums.set(name, known);
    }
    // Six standard deviations of a binomial count.
    expect(Math.abs(sums.get('half')!.sum - 2000)).toBeLessThan(190);
    expect(Math.abs(sums.get('tenth')!.sum - 400)).toBeLessThan(115);
    expect(sums.get('half')!.rate).toBe(0.5);
    expect(sums.get('tenth')!.rate).toBe(0.1);
    expect(sums.get('all')).toEqual({ sum: 4000, rate: 1 });
    expect(sums.get('g')).toEqual({ sum: 1, rate: 1 });
    await meter.close();
  });
});
