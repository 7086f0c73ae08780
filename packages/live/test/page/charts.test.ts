import { describe, expect, it } from 'vitest';
import type { QueryAnswer } from '../../src/page/api/types.ts';
import { columns } from '../../src/page/model/align.ts';
import { binOf, fullest, logSplits, lowerBound, strength } from '../../src/page/model/heat.ts';
import { calmScale, roundUp } from '../../src/page/model/scale.ts';
import { sparkPath } from '../../src/page/model/spark-path.ts';
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

describe('sparkline', () => {
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
