import { describe, expect, it } from 'vitest';
import { metricKey } from '../../src/page/model/metric.ts';
import { BY_NAME, inPlaces, nextOrder, orderMetrics, parseOrder } from '../../src/page/model/metric-order.ts';

const metric = (name: string, value: number | null, rate: number | null = 1) => ({
  ...{ name, type: 'gauge', tags: [], series: 1, customMetrics: 1, senders: 1, unit: null, lastSeen: 0 },
  ...{ value, rate },
});
const all = [metric('a', 3), metric('b', null), metric('c', -7, 5), metric('d', 3)];
const names = (column: string) =>
  orderMetrics(all, parseOrder(column))
    .map(({ name }) => name)
    .join('');

describe('the order of metrics', () => {
  it('is by any column, without a value last, equal ones by name', () => {
    expect(names('')).toBe('abcd');
    expect(names('name.down')).toBe('dcba');
    expect(names('value.down')).toBe('adcb');
    expect(names('value.up')).toBe('cadb');
    expect(names('rate.down')).toBe('cabd');
    expect(names('nonsense.down')).toBe('abcd');
  });

  it('turns round with a second click, and begins at the largest number', () => {
    expect(nextOrder(BY_NAME, 'rate')).toBe('rate.down');
    expect(nextOrder(parseOrder('rate.down'), 'rate')).toBe('rate.up');
    expect(nextOrder(BY_NAME, 'name')).toBe('name.down');
    expect(nextOrder(parseOrder('rate.up'), 'name')).toBeNull();
  });

  it('is kept while somebody is in the list; new ones come last', () => {
    const places = new Map(['c', 'a'].map((name, index) => [metricKey(metric(name, 0)), index]));
    expect(inPlaces(all, places).map(({ name }) => name)).toEqual(['c', 'a', 'b', 'd']);
  });
});
