import { describe, expect, it } from 'vitest';
import type { Block } from '../../src/index.ts';
import { captureMeter, expectMetric } from '../../src/testing/index.ts';

describe('blocks', () => {
  it('returns the result and emits wall and CPU, outside of any request without a route', async () => {
    const { meter, metrics } = captureMeter();
    expect(meter.time('sync', () => 7)).toBe(7);
    await expect(meter.time('async', async () => 8)).resolves.toBe(8);
    const found = await metrics();
    for (const name of ['sync', 'sync.cpu', 'async', 'async.cpu']) {
      expectMetric(found, name).times(1);
      expect(expectMetric(found, name).samples()[0]?.tags).toEqual({});
    }
  });

  it('passes errors on and tags the block with their class', async () => {
    class Broken extends Error {}
    const { meter, metrics } = captureMeter();
    const error = new Broken('x');
    expect(() =>
      meter.time('b', () => {
        throw error;
      }),
    ).toThrow(error);
    await expect(
      meter.time('b', async () => {
        throw error;
      }),
    ).rejects.toBe(error);
    expectMetric(await metrics(), 'b')
      .withTags({ error: 'Broken' })
      .times(2);
  });

  it('hands the block to the function: tags while it runs, times after', async () => {
    const { meter, metrics } = captureMeter();
    let kept: Block | undefined;
    await meter.time(
      'b',
      async (block) => {
        kept = block.tag('source', 'cache');
        await new Promise((resolve) => setTimeout(resolve, 5));
      },
      { kind: 'feed' },
    );
    kept?.tag('late', 'ignored');
    expect(kept?.wall).toBeGreaterThan(3);
    expect(kept?.cpu).toBeGreaterThanOrEqual(0);
    expect(kept?.cpu).toBeLessThan(kept?.wall ?? 0);
    expectMetric(await metrics(), 'b')
      .withTags({ source: 'cache', kind: 'feed' })
      .times(1);
    expect(expectMetric(await metrics(), 'b').samples()[0]?.tags).not.toHaveProperty('late');
  });

  it('runs a lazy thenable once, and inside the block', async () => {
    const { meter, metrics } = captureMeter();
    let runs = 0;
    const query = {
      // biome-ignore lint/suspicious/noThenProperty: query builders are lazy thenables
      then: (done: (rows: number) => void) => {
        runs++;
        done(3);
      },
    };
    expect(await meter.time('q', () => query)).toBe(3);
    expect(runs).toBe(1);
    expectMetric(await metrics(), 'q').times(1);
  });

  it('ends once, by end() or by the end of a scope', async () => {
    const { meter, metrics } = captureMeter();
    const block = meter.block('b');
    block.end();
    block.end();
    block[Symbol.dispose]();
    {
      using scoped = meter.block('scoped', { a: '1' });
      scoped.tag('b', '2');
    }
    expectMetric(await metrics(), 'b').times(1);
    expectMetric(await metrics(), 'scoped')
      .withTags({ a: 1, b: 2 })
      .times(1);
  });

  it('wraps functions without changing their shape', async () => {
    const { meter, metrics } = captureMeter();
    function load(this: { base: number }, a: number, b: number) {
      return this.base + a + b;
    }
    const timed = meter.timed(load);
    expect(timed.name).toBe('load');
    expect(timed.length).toBe(2);
    expect(timed.call({ base: 1 }, 2, 3)).toBe(6);
    expect(meter.timed('named', async (x: number) => x * 2)(4)).toBeInstanceOf(Promise);
    await new Promise((resolve) => setImmediate(resolve));
    const found = await metrics();
    expectMetric(found, 'Object.load').times(1);
    expectMetric(found, 'named').times(1);
  });

  it('tells nested and concurrent blocks apart', async () => {
    const { meter, metrics } = captureMeter();
    await meter.time('outer', () =>
      Promise.all(
        Array.from({ length: 10 }, (_, i) =>
          meter.time(`inner-${i % 2}`, () => new Promise((r) => setTimeout(r, 2))),
        ),
      ),
    );
    const found = await metrics();
    expectMetric(found, 'outer').times(1);
    expectMetric(found, 'inner-0').times(5);
    expectMetric(found, 'inner-1').times(5);
  });
});
