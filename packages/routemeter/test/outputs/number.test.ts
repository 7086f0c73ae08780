import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  NUMBER_BYTES,
  numberBytes,
  OWN_BYTES,
  plain,
  writeExact,
  writeOwn,
  writeOwns,
} from '../../src/outputs/number.ts';

const buffer = Buffer.alloc(NUMBER_BYTES);
const own = (value: number, bare = false) => buffer.toString('latin1', 0, writeOwn(buffer, 0, value, bare));
const exact = (value: number) => buffer.toString('latin1', 0, writeExact(buffer, 0, value));

describe('numbers on the wire', () => {
  it.each([
    [0, '0'],
    [1, '1'],
    [12.345678, '12.346'],
    [0.12345678, '0.12346'],
    [0.99999999, '1'],
    [9.999999, '10'],
    [0.0123456, '0.012346'],
    [0.00001234, '0.0000123'],
    [1234.56, '1234.6'],
    [99999.6, '100000'],
    [1234567.8, '1234568'],
    [-0.5, '0'],
    [Number.NaN, '0'],
    [Number.POSITIVE_INFINITY, '1000000000000000'],
  ])('writes the time %d as %s', (value, text) => {
    expect(own(value)).toBe(text);
  });

  it.each([
    [0, '0'],
    [1, '1'],
    [0.12345678, '.12346'],
    [0.99999999, '1'],
    [0.0123456, '.012346'],
    [0.00000001, '0'],
    [12.345678, '12.346'],
  ])('writes the time %d without the zero before the point as %s', (value, text) => {
    expect(own(value, true)).toBe(text);
  });

  it('leaves out that zero and nothing else', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1e9, noNaN: true }), (value) => {
        expect(own(value, true)).toBe(own(value).replace(/^0\./, '.'));
      }),
      { numRuns: 20_000 },
    );
  });

  it('writes times in a row as one by one', () => {
    const all = Buffer.alloc(40 * OWN_BYTES);
    const view = new DataView(all.buffer, all.byteOffset, all.length);
    // Powers of two are as likely among these as what lies between them, and so are halves of the last digit.
    const time = fc.oneof(
      fc.double({ min: 0, max: 1e5, noNaN: true }),
      fc.double({ min: 0.0099, max: 1.1, noNaN: true }),
      fc.integer({ min: 0, max: 2_000_010 }).map((halves) => halves / 2e6),
      fc.integer({ min: 0, max: 200_010 }).map((halves) => halves / 2e5),
      fc.integer({ min: 0, max: 200_010 }).map((halves) => halves / 2e7),
      // Cut to 32 bits, the second would be 1.
      fc.constantFrom(-1, -429.4967295, Number.NaN, Number.POSITIVE_INFINITY),
    );
    fc.assert(
      fc.property(fc.array(time, { minLength: 1, maxLength: 40 }), (times) => {
        const end = writeOwns(all, view, 0, Float64Array.from(times), 0, times.length);
        expect(all.toString('latin1', 0, end)).toBe(times.map((value) => `:${own(value, true)}`).join(''));
      }),
      { numRuns: 5000 },
    );
  });

  it('writes times with five significant digits, never an exponent, within its bytes', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.001, max: 1e9, noNaN: true }), (value) => {
        const text = own(value);
        expect(text).toMatch(/^\d+(\.\d+)?$/);
        expect(text.length).toBeLessThan(OWN_BYTES);
        expect(Math.abs(Number(text) - value)).toBeLessThanOrEqual(Math.max(value * 5.1e-5, 5e-8));
      }),
      { numRuns: 20_000 },
    );
  });

  it("writes the application's values exactly and without exponent", () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        const text = exact(value);
        expect(text).toMatch(/^-?\d+(\.\d+)?$/);
        expect(Number(text)).toBe(value === 0 ? 0 : value);
        expect(text.length).toBeLessThan(numberBytes(value, false));
      }),
      { numRuns: 20_000 },
    );
    expect(plain(5e-324)).toMatch(/^0\.0{323}5$/);
    expect(plain(-1.5e21)).toBe('-1500000000000000000000');
  });
});
