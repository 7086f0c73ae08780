import { describe, expect, it } from 'vitest';
import { Series, type SeriesId } from '../../src/series/index.ts';
import { BUFFER, MEMBERS } from '../../src/series/series.ts';

const id = (type: SeriesId['type']): SeriesId => ({
  metric: 'm',
  type,
  tags: [],
  rate: 1,
  own: true,
  breakdown: false,
});

describe('Series', () => {
  it('drains itself when its buffer is full and loses nothing', () => {
    const drained: number[] = [];
    const series = new Series(id('distribution'), false, 0, (full) => {
      drained.push(...full.values.subarray(0, full.length));
      full.clear();
    });
    for (let i = 0; i < BUFFER * 3 + 5; i++) series.record(i);
    expect(drained).toHaveLength(BUFFER * 3);
    expect(series.length).toBe(5);
    expect(series.values.length).toBe(BUFFER);
    expect([...drained, ...series.values.subarray(0, series.length)]).toEqual(
      Array.from({ length: BUFFER * 3 + 5 }, (_, i) => i),
    );
  });

  it('keeps its buffer when it is emptied, so that known series allocate nothing', () => {
    const series = new Series(id('distribution'), false, 0, (full) => full.clear());
    for (let i = 0; i < BUFFER; i++) series.record(i);
    const { values } = series;
    for (let i = 0; i < BUFFER * 10; i++) series.record(i);
    expect(series.values).toBe(values);
  });

  it('bounds the members of a set', () => {
    const series = new Series(id('set'), false, 0, () => {});
    for (let i = 0; i < MEMBERS; i++) expect(series.insert(`m${i}`)).toBe(true);
    expect(series.insert('one more')).toBe(false);
    expect(series.insert('m1')).toBe(true);
    expect(series.members?.size).toBe(MEMBERS);
  });

  it('sums counts and keeps the last value of a gauge', () => {
    const count = new Series(id('count'), false, 0, () => {});
    count.add(2);
    count.add(-5);
    expect([count.value, count.samples]).toEqual([-3, 2]);
    count.clear();
    expect([count.value, count.samples]).toEqual([0, 0]);
  });
});
