import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { captureWarnings } from '../../src/errors/index.ts';
import { type Block, createMeter, NullSink } from '../../src/index.ts';
import { captureMeter } from '../../src/testing/index.ts';

const warnings: string[] = [];
let restore = () => {};
beforeEach(() => {
  warnings.length = 0;
  restore = captureWarnings((line) => warnings.push(line));
});
afterEach(() => restore());

describe('plain metrics', () => {
  it("sends each type under its own letter, with the app's tags", async () => {
    const { meter, lines } = captureMeter({ prefix: 'shop', tags: { app: 'shop' } });
    meter.timing('t', 12.5);
    meter.histogram('h', 1);
    meter.distribution('d', 123456789.5);
    meter.count('c', 3);
    meter.increment('c');
    meter.decrement('c', 2);
    meter.gauge('g', -4);
    meter.gauge('g', 7);
    meter.set('s', 'ann');
    meter.set('s', 'ann');
    meter.set('s', 'bob');
    expect(await lines()).toEqual([
      'shop.t:12.5|ms|#app:shop',
      'shop.h:1|h|#app:shop',
      'shop.d:123456789.5|d|#app:shop',
      'shop.c:2|c|#app:shop',
      'shop.g:7|g|#app:shop',
      'shop.s:ann|s|#app:shop',
      'shop.s:bob|s|#app:shop',
    ]);
  });

  it('takes tags as object or array; the later wins', async () => {
    const { meter, lines } = captureMeter({ tags: { app: 'shop', stage: 'dev' } });
    meter.count('c', 1, { tags: { stage: 'test', n: 1, on: true } });
    meter.count('c', 1, { tags: ['stage:test', 'n:1', 'on:true'] });
    meter.count('c', 1, { tags: ['flag'] });
    expect(await lines()).toEqual([
      'c:2|c|#app:shop,stage:test,n:1,on:true',
      'c:1|c|#app:shop,stage:dev,flag',
    ]);
  });

  it('packs the samples of a series into one line, and splits no line over two payloads', async () => {
    const { meter, lines, metrics } = captureMeter();
    for (let i = 0; i < 5000; i++) meter.timing('t', i);
    const found = await lines();
    expect(meter.stats().payloads).toBeLessThan(20);
    for (const line of found) expect(Buffer.byteLength(line)).toBeLessThanOrEqual(1432);
    expect((await metrics()).map((metric) => metric.value)).toEqual(
      Array.from({ length: 5000 }, (_, i) => i),
    );
  });

  it('samples with its rate and sends it', async () => {
    const { meter, metrics } = captureMeter();
    for (let i = 0; i < 4000; i++) meter.timing('t', 1, { sampleRate: 0.5 });
    const found = await metrics();
    expect(found.every((metric) => metric.rate === 0.5)).toBe(true);
    expect(found.length).toBeGreaterThan(1500);
    expect(found.length).toBeLessThan(2500);
  });

  it('sends counts and gauges with a timestamp at once, each on its own line', async () => {
    const { meter, lines } = captureMeter();
    meter.count('c', 2, { timestamp: 1700000000 });
    meter.gauge('g', 3, { timestamp: 1700000001, tags: { a: 'b' } });
    expect(await lines()).toEqual(['c:2|c|T1700000000', 'g:3|g|#a:b|T1700000001']);
  });

  it('drops and counts what is no finite number, and says so once per name', async () => {
    const { meter, lines } = captureMeter();
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, undefined, '12', null, {}])
      meter.timing('t', value as never);
    expect(await lines()).toEqual([]);
    expect(meter.stats().dropped).toEqual({ invalid: 6 });
    expect(meter.stats().samples).toBe(6);
    expect(warnings).toHaveLength(1);
  });

  it('contains what names and tags throw', async () => {
    const { meter, lines } = captureMeter();
    const bad = {
      toString: () => {
        throw new Error('no');
      },
    };
    meter.count(bad as never);
    meter.count('c', 1, { tags: { a: bad as never } });
    meter.count('c', 1, { tags: [bad as never] });
    meter.count('c', 1, {
      get tags(): never {
        throw new Error('no');
      },
    });
    meter.set('s', bad as never);
    meter.event(bad as never);
    meter.tag('a', bad as never);
    expect(() => meter.time(bad as never, () => 1)).not.toThrow();
    expect((await lines()).filter((line) => line.startsWith('c:'))).toEqual([]);
    expect(meter.stats().dropped.invalid).toBe(5);
  });

  it('cuts long tags and names, keeping different ones different', async () => {
    const { meter, lines } = captureMeter();
    meter.count('c', 1, { tags: { a: 'x'.repeat(1_000_000) } });
    meter.count('c', 1, { tags: { a: `${'x'.repeat(999_999)}y` } });
    const [one = '', two = ''] = await lines();
    expect(one).not.toBe(two);
    expect(one.length).toBeLessThan(300);
    expect(meter.stats().series).toBe(2);
  });

  it('sends events and checks', async () => {
    const { meter, lines } = captureMeter({ tags: { app: 'shop' } });
    meter.event('deploy|ed', 'line one\nline two', {
      priority: 'low',
      alertType: 'success',
      tags: { v: '2' },
    });
    meter.check('db.up', 2, { message: 'down', tags: { db: 'main' } });
    expect(await lines()).toEqual([
      '_e{9,18}:deploy|ed|line one\\nline two|p:low|t:success|#app:shop,v:2',
      '_sc|db.up|2|#app:shop,db:main|m:down',
    ]);
  });

  it('lets a child add tags and a prefix, sharing everything else', async () => {
    const { meter, lines } = captureMeter({ prefix: 'shop', tags: { app: 'shop' } });
    const cart = meter.child({ prefix: 'cart', tags: { team: 'a' } });
    cart.count('added');
    cart.child({ tags: { team: 'b' } }).count('added');
    expect(await lines()).toEqual([
      'shop.cart.added:1|c|#app:shop,team:a',
      'shop.cart.added:1|c|#app:shop,team:b',
    ]);
    expect(cart.stats()).toEqual(meter.stats());
  });

  it('ends as a whole with a child that is closed', async () => {
    const { meter, lines } = captureMeter();
    const child = meter.child({ prefix: 'cart' });
    child.count('c');
    await child.close();
    meter.count('c');
    expect(await lines()).toEqual(['cart.c:1|c']);
    expect(meter.stats().dropped.closed).toBe(1);
  });

  it('holds the books under a million distinct tag values', async () => {
    const meter = createMeter({ sink: new NullSink(), maxSeries: 100 });
    for (let i = 0; i < 100_000; i++) meter.count('c', 1, { tags: { account: `acc-${i}` } });
    await meter.flush();
    const stats = meter.stats();
    expect(stats.series).toBeLessThanOrEqual(100);
    expect(stats.samples).toBe(100_000);
    expect(stats.handed).toBe(100_000);
    expect(stats.folded).toBeGreaterThan(99_000);
    expect(warnings.filter((line) => line.includes('"account"'))).toHaveLength(1);
    await meter.close();
  });

  it('counts what comes after close', async () => {
    const { meter, lines } = captureMeter();
    meter.count('c');
    await meter.close();
    meter.count('c');
    meter.time('b', () => 1);
    expect(meter.stats().dropped.closed).toBe(2);
    expect(await lines()).toEqual(['c:1|c']);
  });

  it('records nothing and still runs everything when disabled', async () => {
    const { meter, lines } = captureMeter({ enabled: false });
    meter.count('c');
    meter.event('e');
    let seen: Block | undefined;
    const result = meter.time('b', (block) => {
      seen = block.tag('k', 'v');
      return 42;
    });
    expect(result).toBe(42);
    const failure = new Error('own');
    expect(() =>
      meter.time('b', () => {
        throw failure;
      }),
    ).toThrow(failure);
    const block = meter.block('b');
    block.end();
    // No clock is read.
    expect([seen!.wall, block.wall]).toEqual([0, 0]);
    expect(await lines()).toEqual([]);
    expect(meter.stats().samples).toBe(0);
  });
});

describe('names', () => {
  it('renders one series under several names and counts its samples once', async () => {
    const { meter, lines } = captureMeter({
      prefix: 'p',
      names: ({ metric, tags }) => [{ name: `old.${metric}`, tags: {} }, { name: `new.${metric}.${tags.a}` }],
    });
    meter.timing('t', 1, { tags: { a: 'x' } });
    expect(await lines()).toEqual(['p.old.t:1|ms', 'p.new.t.x:1|ms|#a:x']);
    expect(meter.stats().handed).toBe(1);
  });

  it('keeps the canonical name when the function throws', async () => {
    const { meter, lines } = captureMeter({
      names: () => {
        throw new Error('no');
      },
    });
    meter.timing('t', 1);
    expect(await lines()).toEqual(['t:1|ms']);
    expect(warnings).toHaveLength(1);
  });

  it('drops and counts a series that is given no name', async () => {
    const { meter, lines } = captureMeter({ names: () => [] });
    meter.timing('t', 1);
    expect(await lines()).toEqual([]);
    expect(meter.stats().dropped).toEqual({ unnamed: 1 });
  });
});
