import { describe, expect, it } from 'vitest';
import { bytes, ms, percent, short, shortSpan, span, three, whole } from '../../src/page/model/formatting.ts';

describe('numbers', () => {
  it.each([
    [0, '0'],
    [0.00004, '<0.001'],
    [0.12345, '0.123'],
    [0.9996, '1.00'],
    [1.234, '1.23'],
    [9.996, '10.0'],
    [12.34, '12.3'],
    [99.96, '100'],
    [123.4, '123'],
    [999.6, '1\u202f000'],
    [123456, '123\u202f000'],
    [-1.5, '\u22121.50'],
    [null, '–'],
    [Number.NaN, '–'],
  ])('%s has three significant digits: %s', (value, text) => {
    expect(three(value)).toBe(text);
  });

  it('counts keep every digit', () => expect(whole(1234567)).toBe('1\u202f234\u202f567'));
  it('axes have no trailing zeros', () =>
    expect([50, 0.5, 37, 1.25, 100].map(short)).toEqual(['50', '0.5', '37', '1.25', '100']));
  it('long times are said in seconds', () => expect([ms(420), ms(12_300)]).toEqual(['420 ms', '12.3 s']));
  it('small parts never read 0', () =>
    expect([percent(0), percent(0.0004), percent(0.002), percent(0.34)]).toEqual(['0', '<0.1', '0.2', '34']));
  it('bytes', () => expect([bytes(512), bytes(203_400_000)]).toEqual(['512 B', '203 MB']));
  it('spans', () => {
    expect([span(8), span(60), span(300), span(3600), span(5400)]).toEqual([
      '8 s',
      '1 min',
      '5 min',
      '1 h',
      '1 h 30 min',
    ]);
    expect([shortSpan(60), shortSpan(5400), shortSpan(7200), shortSpan(45)]).toEqual([
      '1m',
      '90m',
      '2h',
      '45s',
    ]);
  });
});
