import { describe, expect, it } from 'vitest';
import type { QueryAnswer } from '../../src/page/api/types.ts';
import { columns } from '../../src/page/model/align.ts';
import {
  binOf,
  fullest,
  heatRange,
  logSplits,
  lowerBound,
  strength,
  withoutGap,
  zeroMark,
} from '../../src/page/model/heat.ts';
import { calmScale, roundUp, valueRange } from '../../src/page/model/scale.ts';
import { sparkPath } from '../../src/page/model/spark-path.ts';
import { splitBy } from '../../src/page/model/split.ts';
import { stepFor } from '../../src/page/model/steps.ts';

const answer = (start: number, stat: string, points: (number | null)[]): QueryAnswer => ({
  start,
  step: 2,
  series: [{ tags: {}, stat, points }],
});

describe('columns of a chart', () => {
  it('are laid by time when one answer begins a step later', () => {
    const data = columns(
      [answer(10_000, 'p95', [1, 2, 3]), answer(12_000, 'p50', [5, null, 7])],
      [
        { answer: 0, stat: 'p95' },
        { answer: 1, stat: 'p50', factor: 1000 },
      ],
    );
    expect(data).toEqual([
      [10, 12, 14, 16],
      [1, 2, 3, null],
      [null, 5000, null, 7000],
    ]);
  });

  it('are gaps for what was not answered', () => {
    expect(columns([answer(0, 'p95', [1]), null], [{ answer: 1, stat: 'p95' }])).toEqual([[0], [null]]);
  });
});

describe('bars', () => {
  it('have a round scale that does not follow every change', () => {
    const scale = calmScale();
    expect([scale(61), scale(74), scale(40), scale(76), scale(20)]).toEqual([75, 75, 75, 100, 20]);
    expect([roundUp(0), roundUp(0.3), roundUp(420)]).toEqual([1, 0.3, 500]);
  });
});

describe('the height of a chart', () => {
  it.each([
    [0, 100, 0, 108],
    [20, 100, 0, 108],
    [-50, 50, -54, 54],
    [-60, -50, -64.8, 0],
    [0, 0, 0, 1],
    [null, null, 0, 1],
  ])('of values from %s to %s is from %s to %s', (least, most, low, high) => {
    const [from, to] = valueRange(least, most);
    expect(from).toBeCloseTo(low);
    expect(to).toBeCloseTo(high);
  });
});

it('a split has its lines by name, and the others apart', () => {
  const series = (customer: string, more = {}) => ({
    tags: { customer },
    stat: 'rate',
    points: [1],
    ...more,
  });
  const { shown, others } = splitBy('customer', [
    series('c2'),
    series('c1'),
    { tags: {}, stat: 'rate', points: [9], others: true, count: 92 },
  ]);
  expect(shown.map(({ tags }) => tags.customer)).toEqual(['c1', 'c2']);
  expect(others).toMatchObject({ count: 92, points: [9] });
  expect(splitBy('customer', [series('c1')]).others).toBeNull();
});

describe('sparkline', () => {
  it('stays within its height below 0, too', () => {
    const heights = [...sparkPath([-4, 0, 4], 50, 20).matchAll(/[ML][\d.]+ ([-\d.]+)/g)].map(([, y]) =>
      Number(y),
    );
    expect(heights).toEqual([18.5, 10, 1.5]);
  });

  it('has gaps where there was nothing, and shows a lone point', () => {
    const path = sparkPath([1, 2, null, 4, null, 1], 50, 20);
    expect(path.match(/M/g)).toHaveLength(3);
    expect(path.match(/L/g)).toHaveLength(1);
    expect(path.match(/h0.01/g)).toHaveLength(2);
  });

  it('is empty without values', () => expect(sparkPath([null, null])).toBe(''));
});

describe('heat map', () => {
  const bins = [10, 100, 1000];
  it('knows the bounds of its bins', () => {
    expect([lowerBound(bins, 0), lowerBound(bins, 2)]).toEqual([1, 100]);
    expect([binOf(bins, 50), binOf(bins, 0.5), binOf(bins, 5000)]).toEqual([1, -1, -1]);
  });
  it('has labels on its axis, however few its bins are', () => {
    for (const few of [[42], [0.003], [1, 1.26], [900, 1133]]) {
      const [low, high] = heatRange(few);
      expect(low).toBeLessThan(few[0]!);
      expect(high).toBeGreaterThan(few.at(-1)!);
      expect(logSplits(low, high).length).toBeGreaterThanOrEqual(2);
    }
    expect(heatRange(bins)).toEqual([1, 1000]);
    expect(heatRange([])).toEqual([1, 1000]);
  });
  it('has what is 0 or less right below the rest', () => {
    const ratio = 10 ** 0.1;
    const all = Array.from({ length: 80 }, (_, i) => 1e-6 * ratio ** i);
    const row = all.map((_, i) => (i === 0 ? 5 : i === 76 ? 2 : 0));
    const heat = withoutGap({ start: 0, step: 1, bins: all, points: [row, null] });
    expect(heat.hasZero).toBe(true);
    expect(heat.bins).toHaveLength(5);
    expect(heat.points).toEqual([[5, 2, 0, 0, 0], null]);
    expect(zeroMark(heat.bins)).toBeLessThan(heat.bins[0]!);
    const none = withoutGap({ start: 0, step: 1, bins: [1e-6], points: [[3]] });
    expect([none.bins, none.points]).toEqual([[1], [[3]]]);
    const usual = withoutGap({ start: 0, step: 1, bins, points: [[1, 2, 3]] });
    expect(usual).toMatchObject({ hasZero: false, bins });
  });
  it('shows rare requests too', () => {
    expect(
      strength(
        1,
        fullest([
          [1, 1000],
          [0, 3],
        ]),
      ),
    ).toBeGreaterThan(0.1);
    expect(strength(0, 10)).toBe(0);
  });
  it('labels powers, with steps between when there is room', () => {
    expect(logSplits(20, 200)).toEqual([20, 50, 100, 200]);
    expect(logSplits(0.1, 1000)).toEqual([0.1, 1, 10, 100, 1000]);
  });
});

it('windows have some seventy points or fewer', () => {
  expect([30, 60, 300, 900, 3600, 86_400].map(stepFor)).toEqual([1, 1, 5, 20, 60, 1800]);
});
