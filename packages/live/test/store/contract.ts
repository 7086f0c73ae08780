import { describe, expect, it } from 'vitest';
import { keyOf as binOf } from '../../src/store/memory/mapping.ts';
import type { Reader, Recorder, SeriesKey, Store, Tag } from '../../src/store/store.ts';
import { exact, FakeClock, random } from '../helpers.ts';

const Q = [0, 0.01, 0.25, 0.5, 0.9, 0.95, 0.99, 0.999, 1];

export interface StoreOptions {
  clock: FakeClock;
  retention: number;
  maxSeries: number;
}

/** A store under test: what is written to it, and what is read from it. */
export interface Tested {
  recorder: Recorder;
  reader: Reader;
  /** Until what was written so far can be read; may let time pass. */
  settle(): Promise<void>;
}

/** What a store says of itself; the suite holds it to that. */
export interface Declared {
  /** Seconds of a slot. */
  slot: number;
  /** What quantiles of positive values are within; Infinity where each answer says it by itself. */
  error: number;
  /** When the suite's time begins, Unix ms. */
  start: number;
  /** What it does not know, each with the reason. */
  unknown: {
    /** How many samples made the value of a counter, or of a set's members. */
    samplesOfCounters?: string;
    /** All values of a gauge but the last of a slot. */
    valuesOfGauges?: string;
    /** When the last sample of a metric came. */
    last?: string;
  };
}

const keyOf = (name: string, type: SeriesKey['type'], tags: Record<string, string> = {}): SeriesKey => ({
  name,
  type,
  tags: Object.entries(tags).sort() as Tag[],
});

/** What everyone who reads is promised, whatever is behind it. */
export function readerContract(
  name: string,
  create: (options: StoreOptions) => Tested | Promise<Tested>,
  declared: Declared,
): void {
  const { slot } = declared;

  async function setUp(options: Partial<StoreOptions> = {}) {
    const clock = new FakeClock(declared.start);
    const { recorder, reader, settle } = await create({
      clock,
      retention: 3600,
      maxSeries: 5000,
      ...options,
    });
    return {
      clock,
      store: reader,
      settle,
      key: keyOf,
      add(series: SeriesKey, values: number[], weight = 1) {
        recorder.tick();
        recorder.add(recorder.open(series), Float64Array.from(values), values.length, weight);
      },
      /** The last so many seconds and the open slot. */
      last: (seconds: number) => ({ from: clock.ms - seconds * 1000, to: clock.ms }),
    };
  }

  describe(name, () => {
    describe('quantiles are as near to the exact lower-rank ones as it says', () => {
      const next = random(7);
      const normal = () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
      const shapes: Record<string, () => number> = {
        uniform: () => next() * 1000,
        lognormal: () => Math.exp(normal() * 1.5 + 2),
        bimodal: () => (next() < 0.7 ? 5 + normal() : 400 + 30 * normal()),
        'with zeros and negative values': () => (next() < 0.2 ? 0 : normal() * 50),
      };
      it.each(Object.keys(shapes))('%s, merged over series and slots of both widths', async (shape) => {
        const { clock, store, settle, key, add, last } = await setUp();
        const samples: number[] = [];
        for (let second = 0; second < 700; second++) {
          for (const host of ['a', 'b', 'c']) {
            const values = Array.from({ length: Math.floor(next() * 20) }, () =>
              // As they come over the wire.
              Number(shapes[shape]!().toPrecision(5)),
            );
            if (values.length === 0) continue;
            samples.push(...values);
            add(key('m', 'distribution', { host }), values);
          }
          clock.advance(1);
        }
        await settle();
        const sorted = Float64Array.from(samples).sort();
        const [all] = await store.summary({ names: ['m'], by: [], ...last(1000), quantiles: Q });
        expect(all!.count).toBe(samples.length);
        expect(all!.sum).toBeCloseTo(
          samples.reduce((a, b) => a + b),
          5,
        );
        expect(all!.max).toBe(sorted.at(-1));
        expect(all!.min).toBe(sorted[0]);
        for (const [i, q] of Q.entries()) {
          const right = exact(sorted, q);
          const error = all!.errors[i]!;
          if (right > 1) expect(error, `p${q * 100}`).toBeLessThanOrEqual(declared.error);
          if (Number.isFinite(error)) {
            expect(Math.abs(all!.quantiles[i]! - right), `p${q * 100}`).toBeLessThanOrEqual(
              error * Math.abs(right) + 1e-9,
            );
          }
        }
      });
    });

    it('counts, sums and ranges are exact, by weight', async () => {
      const { store, settle, key, add, last } = await setUp();
      add(key('t', 'timing'), [1, 2, 3, 10]);
      add(key('t', 'timing'), [4], 10);
      await settle();
      const [t] = await store.summary({ names: ['t'], by: [], ...last(60), quantiles: [0.5, 1] });
      expect(t).toMatchObject({ type: 'timing', count: 14, sum: 56, min: 1, max: 10 });
      expect(t!.quantiles[1]).toBe(10);
      expect(Math.abs(t!.quantiles[0]! - 4)).toBeLessThanOrEqual(4 * t!.errors[0]!);
    });

    it('keeps the types apart', async () => {
      const { clock, store, settle, key, add, last } = await setUp();
      add(key('x', 'count'), [2, 3]);
      add(key('x', 'gauge'), [7, 5]);
      add(key('x', 'set'), [11, 12, 11]);
      const { samplesOfCounters, valuesOfGauges } = declared.unknown;
      for (const seconds of [0, 30, 400]) {
        clock.advance(seconds);
        await settle();
        const found = await store.summary({ names: ['x'], by: [], ...last(1000), quantiles: [0.5] });
        expect(
          found
            .map(({ type, count, sum, min, max, last, quantiles, errors }) => [
              type,
              samplesOfCounters && type !== 'gauge' ? 'unknown' : count,
              ...(valuesOfGauges && type === 'gauge' ? ['unknown'] : [sum, min, max]),
              last,
              quantiles,
              errors,
            ])
            .map((one) => (valuesOfGauges && one[0] === 'gauge' ? ['gauge', ...one.slice(3)] : one))
            .sort(),
        ).toEqual(
          [
            ['count', samplesOfCounters ? 'unknown' : 2, 5, null, null, null, [null], [null]],
            valuesOfGauges ? ['gauge', 5, [null], [null]] : ['gauge', 2, 12, 5, 7, 5, [null], [null]],
            ['set', samplesOfCounters ? 'unknown' : 3, 2, null, null, null, [null], [null]],
          ].sort(),
        );
      }
      expect(
        await store.summary({ names: ['x'], types: ['gauge'], by: [], ...last(1000), quantiles: [] }),
      ).toHaveLength(1);
    });

    it('knows what is there: types, keys of tags, series', async () => {
      const { store, settle, key, add } = await setUp();
      add(key('a.b', 'distribution', { 'http.route': '/a', user: '1' }), [1]);
      add(key('a.b', 'distribution', { 'http.route': '/a', user: '2' }), [1]);
      add(key('level.max', 'gauge'), [1]);
      await settle();
      const infos = (await store.metrics()).sort((x, y) => (x.name < y.name ? -1 : 1));
      expect(infos).toMatchObject([
        { name: 'a.b', type: 'distribution', series: 2 },
        { name: 'level.max', type: 'gauge', series: 1 },
      ]);
      expect(infos[0]!.tagKeys).toEqual(expect.arrayContaining(['http.route', 'user']));
      if (declared.unknown.last) expect(infos[0]!.last).toBeNull();
      else expect(infos[0]!.last).toBeGreaterThanOrEqual(declared.start);
    });

    it('groups by tags, filters by tags, and takes the first tag of a list that has a value', async () => {
      const { store, settle, key, add, last } = await setUp();
      add(key('r', 'count', { route: '/a', app: 'x' }), [1]);
      add(key('r', 'count', { route: '/a', service: 'y' }), [2]);
      add(key('r', 'count', { route: '/b', service: 'y', app: 'x' }), [4]);
      await settle();
      const ask = async (by: (string | string[])[], where = {}) =>
        (await store.summary({ names: ['r'], by, where, ...last(60), quantiles: [] })).sort(
          (one, other) => one.sum - other.sum,
        );
      expect((await ask(['route'])).map(({ tags, sum }) => [tags.route, sum])).toEqual([
        ['/a', 3],
        ['/b', 4],
      ]);
      expect((await ask([['service', 'app']])).map(({ tags, sum }) => [tags.service, sum])).toEqual([
        ['x', 1],
        ['y', 6],
      ]);
      expect((await ask([], { route: '/a' })).map(({ sum }) => sum)).toEqual([3]);
      expect((await ask([], { route: '/a', service: '' })).map(({ sum }) => sum)).toEqual([1]);
      expect(await ask([], { route: '/c' })).toEqual([]);
      expect(await store.summary({ names: ['nothing'], by: [], ...last(60), quantiles: [0.5] })).toEqual([]);
    });

    it('takes tags as they are, whatever they look like', async () => {
      const { store, settle, key, add, last } = await setUp();
      const values = [
        '"} or vector(1) #',
        "'",
        '\\',
        '\\"',
        'line\nbreak',
        '.*',
        'a|b',
        '^$',
        '{{.}}',
        '\u2028',
        '__proto__',
        '日本語 🎉',
        '$1',
        '%25',
        'a,b="c"',
      ];
      for (const [i, value] of values.entries()) add(key('h', 'count', { v: value }), [i + 1]);
      add(key('h', 'count', { __proto__x: 'p', ['__proto__']: 'q' }), [100]);
      await settle();
      for (const [i, value] of values.entries()) {
        const where = { v: value };
        const found = await store.summary({ names: ['h'], by: ['v'], where, ...last(60), quantiles: [] });
        expect(
          found.map(({ tags, sum }) => [tags.v, sum]),
          value,
        ).toEqual([[value, i + 1]]);
      }
      const where = Object.create(null) as Record<string, string>;
      where['__proto__'] = 'q';
      const found = await store.summary({
        names: ['h'],
        by: ['__proto__'],
        where,
        ...last(60),
        quantiles: [],
      });
      expect(found.map(({ tags, sum }) => [Object.entries(tags), sum])).toEqual([
        [[['__proto__', 'q']], 100],
      ]);
      // Keys and names of a question are no less hostile than values.
      for (const hostile of ['v"} or vector(1)', 'sum by (v)', 'le', 'job', '']) {
        expect(
          await store.summary({
            names: ['h', hostile],
            by: [hostile],
            where: { [hostile]: 'x' },
            ...last(60),
            quantiles: [0.5],
          }),
        ).toEqual([]);
      }
    });

    it('answers points with gaps, whatever the step', async () => {
      const { clock, store, settle, key, add } = await setUp();
      const start = clock.ms;
      for (let second = 0; second < 120; second++) {
        if (second % 40 < 20) add(key('p', 'count'), [1]);
        clock.advance(1);
      }
      await settle();
      for (const step of [1, 5, 10, 20].filter((one) => one >= slot)) {
        const answer = await store.points({
          names: ['p'],
          by: [],
          from: start,
          to: start + 119_000,
          step,
          quantiles: [],
        });
        expect(answer).toMatchObject({ start, step });
        const sums = answer.series[0]!.points.map((point) => point?.sum ?? null);
        expect(sums).toHaveLength(120 / step);
        for (const [i, sum] of sums.entries()) expect(sum).toBe((i * step) % 40 < 20 ? step : null);
      }
    });

    it('widens the step to what its slots allow', async () => {
      const { clock, store, settle, key, add, last } = await setUp();
      for (let second = 0; second < 900; second++) {
        add(key('p', 'count'), [1]);
        clock.advance(1);
      }
      await settle();
      const answer = await store.points({ names: ['p'], by: [], ...last(960), step: 3, quantiles: [] });
      expect(answer.step).toBe(10);
      const sums = answer.series[0]!.points.map((point) => point?.sum ?? 0);
      expect(sums.reduce((a, b) => a + b)).toBe(900);
      expect(new Set(sums.filter((sum) => sum > 0))).toEqual(new Set([10]));
    });

    it('answers a heat map whose cells hold every sample', async () => {
      const { clock, store, settle, key, add } = await setUp();
      const from = clock.ms;
      add(key('h', 'distribution'), [1, 1, 10, 99]);
      clock.advance(slot);
      add(key('h', 'distribution'), [1000]);
      const to = clock.ms;
      await settle();
      const heat = await store.heat({ names: ['h'], by: [], from, to, step: slot });
      const { points } = heat.series[0]!;
      const total = points.flat().reduce((a, b) => a + b);
      expect(total).toBe(5);
      expect(heat.bins).toEqual([...heat.bins].sort((a, b) => a - b));
      expect(points[0]!.reduce((a, b) => a + b)).toBe(4);
      expect(heat.bins.at(-1)).toBeGreaterThan(990 / (1 + Math.min(declared.error, 9)));
      for (const row of points) expect(row).toHaveLength(heat.bins.length);
    });

    it('takes up a series again that rested', async () => {
      const { clock, store, settle, key, add, last } = await setUp();
      for (let i = 0; i < 5; i++) {
        add(key('m', 'timing'), [1, 2, 3]);
        add(key('u', 'set'), [1, 2, 3]);
        clock.advance(90);
        await settle();
      }
      const [m] = await store.summary({ names: ['m'], by: [], ...last(900), quantiles: [0.5] });
      expect(m).toMatchObject({ count: 15, sum: 30, max: 3 });
      expect(await store.summary({ names: ['u'], by: [], ...last(900), quantiles: [] })).toMatchObject([
        { sum: 3 },
      ]);
    });
  });
}

/** What who also records promises: its caps, its totals, and to forget. */
export function recorderContract(name: string, create: (options: StoreOptions) => Store): void {
  function setUp(options: Partial<StoreOptions> = {}) {
    const clock = new FakeClock();
    const store = create({ clock, retention: 3600, maxSeries: 5000, ...options });
    return {
      clock,
      store,
      key: keyOf,
      add(series: SeriesKey, values: number[], weight = 1) {
        store.tick();
        store.add(store.open(series), Float64Array.from(values), values.length, weight);
      },
      /** The last so many seconds, the open one included. */
      last: (seconds: number) => ({ from: clock.ms - (seconds - 1) * 1000, to: clock.ms }),
    };
  }

  describe(`${name} records`, () => {
    it('forgets what is older than the retention, series too', async () => {
      const { clock, store, key, add, last } = setUp({ retention: 600 });
      add(key('old', 'count'), [1]);
      for (let minute = 0; minute < 11; minute++) {
        clock.advance(60);
        add(key('new', 'count'), [1]);
      }
      expect(await store.summary({ names: ['old'], by: [], ...last(3600), quantiles: [] })).toEqual([]);
      expect((await store.metrics()).map(({ name }) => name)).toEqual(['new']);
      add(key('old', 'count'), [5]);
      expect(await store.summary({ names: ['old'], by: [], ...last(3600), quantiles: [] })).toMatchObject([
        { sum: 5 },
      ]);
    });

    it('folds what is beyond the cap: totals stay right, the route reads overflow', async () => {
      const { store, key, add, last } = setUp({ maxSeries: 10 });
      for (let i = 0; i < 1000; i++) {
        add(
          key('req', 'distribution', { http_route: `/${i}`, http_method: 'GET', app: 'shop', user: `${i}` }),
          [i],
        );
        add(key('hits', 'count', { user: `${i}` }), [1]);
        add(key('level', 'gauge', { user: `${i}` }), [1]);
      }
      const [req] = await store.summary({ names: ['req'], by: ['app'], ...last(1), quantiles: [] });
      expect(req).toMatchObject({ count: 1000, sum: 499_500, tags: { app: 'shop' } });
      const [hits] = await store.summary({ names: ['hits'], by: [], ...last(1), quantiles: [] });
      expect(hits!.sum).toBe(1000);
      const routes = await store.summary({ names: ['req'], by: ['http_route'], ...last(1), quantiles: [] });
      expect(routes.map(({ tags }) => tags.http_route)).toContain('overflow');
      const stats = store.stats();
      expect(stats.folded).toBeGreaterThan(2900);
      expect(stats.series).toBeLessThanOrEqual(10 + 256 + 6);
    });

    it('estimates the members of a large set within 2 %, over any time', async () => {
      const { clock, store, key, add, last } = setUp();
      for (let i = 0; i < 50; i++) {
        add(
          key('s', 'set'),
          Array.from({ length: 200 }, (_, j) => i * 100 + j),
        );
        clock.advance(1);
      }
      for (const [seconds, members] of [
        [51, 5100],
        [11, 1100],
      ] as const) {
        const [set] = await store.summary({ names: ['s'], by: [], ...last(seconds), quantiles: [] });
        expect(Math.abs(set!.sum / members - 1)).toBeLessThan(0.02);
      }
      const [lately] = (await store.lately(60)).values();
      expect(Math.abs(lately!.members / 5100 - 1)).toBeLessThan(0.02);
      expect(store.stats().folded).toBe(0);
    });

    it('bounds the folded series too, against any number of names', async () => {
      const { store, key, add, last } = setUp({ maxSeries: 5 });
      for (let i = 0; i < 3000; i++) add(key(`n${i}`, 'count'), [1]);
      expect(store.stats().series).toBeLessThanOrEqual(5 + 256 + 6);
      const names = (await store.metrics()).map(({ name }) => name);
      const all = await store.summary({ names, by: [], ...last(1), quantiles: [] });
      expect(all.reduce((sum, one) => sum + one.sum, 0)).toBe(3000);
    });

    it('makes room at the cap by forgetting what was idle for ten minutes', async () => {
      const { clock, store, key, add, last } = setUp({ maxSeries: 3 });
      for (const name of ['a', 'b', 'c']) add(key(name, 'count'), [1]);
      for (let i = 0; i < 11; i++) {
        clock.advance(60);
        add(key('a', 'count'), [1]);
      }
      add(key('d', 'count'), [1]);
      expect((await store.metrics()).map(({ name }) => name).sort()).toEqual(['a', 'd']);
      expect(await store.summary({ names: ['d'], by: [], ...last(3600), quantiles: [] })).toMatchObject([
        { sum: 1 },
      ]);
    });

    it('starts anew after a reset, and tells which series are gone', async () => {
      const { store, key, add, last } = setUp();
      const gone: number[] = [];
      store.onForget = (series) => gone.push(...series);
      const id = store.open(key('m', 'count'));
      add(key('m', 'count'), [1]);
      expect(store.since()).toBeDefined();
      await store.reset();
      expect(gone).toEqual([id]);
      expect(store.since()).toBeUndefined();
      expect(await store.metrics()).toEqual([]);
      expect(await store.summary({ names: ['m'], by: [], ...last(60), quantiles: [] })).toEqual([]);
      add(key('m', 'count'), [3]);
      expect(await store.summary({ names: ['m'], by: [], ...last(60), quantiles: [] })).toMatchObject([
        { sum: 3 },
      ]);
    });

    it('has totals that never fall, and bins that hold every sample once', async () => {
      const { clock, store, key, add } = setUp();
      let before = 0;
      for (let i = 0; i < 50; i++) {
        add(key('t', 'timing'), [0.5, 5, 5000, 50_000]);
        clock.advance(1);
        const [total] = [...store.totals()];
        expect(total!.count).toBeGreaterThanOrEqual(before);
        before = total!.count;
        const { keys, counts, size } = total!.bins!;
        expect(Array.from(keys).slice(0, size)).toEqual([0.5, 5, 5000, 50_000].map(binOf));
        expect(Array.from(counts).slice(0, size)).toEqual(Array(4).fill(total!.count / 4));
      }
      expect(before).toBe(200);
    });

    it('stands a clock that jumps', async () => {
      const { clock, store, key, add, last } = setUp();
      add(key('m', 'count'), [1]);
      clock.advance(-100);
      add(key('m', 'count'), [1]);
      clock.advance(100_000);
      add(key('m', 'count'), [1]);
      expect(await store.summary({ names: ['m'], by: [], ...last(60), quantiles: [] })).toMatchObject([
        { sum: 1 },
      ]);
    });
  });
}
