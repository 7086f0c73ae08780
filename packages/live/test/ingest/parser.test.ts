import { describe, expect, it } from 'vitest';
import { parseCheck, parseEvent } from '../../src/ingest/events.ts';
import { REASONS, type Reason } from '../../src/ingest/reasons.ts';
import { parse, random } from '../helpers.ts';

function values(text: string): number[] {
  const found: number[] = [];
  parse(`m:${text}|ms`, {
    metric: (line) => {
      found.push(...line.values.subarray(0, line.count));
      return undefined;
    },
    event: () => undefined,
    check: () => undefined,
    rejected: () => undefined,
  });
  return found;
}

const struct = (parsed: object | Reason) => (typeof parsed === 'string' ? parsed : undefined);

function reason(text: string): string | undefined {
  let found: string | undefined;
  parse(text, {
    metric: () => undefined,
    event: (bytes, start, end) => struct(parseEvent(Buffer.from(bytes.subarray(start, end)))),
    check: (bytes, start, end) => struct(parseCheck(Buffer.from(bytes.subarray(start, end)))),
    rejected: (_bytes, _start, _end, why) => {
      found = why;
    },
  });
  return found;
}

describe('numbers', () => {
  it('are exactly those that the language reads', () => {
    const next = random(1);
    const wrong: string[] = [];
    for (let i = 0; i < 20_000; i++) {
      const value = (next() - 0.5) * 10 ** Math.floor(next() * 24 - 8);
      const text = next() < 0.5 ? String(value) : value.toFixed(Math.floor(next() * 12));
      const found = values(text);
      if (found.length !== 1 || !Object.is(found[0], Number(text))) wrong.push(text);
    }
    expect(wrong).toEqual([]);
  });

  it.each(['.5', '5.', '+5', '-0.25', '1e3', '1E-3', '123456789012345678', '0.00000000000000001'])(
    'reads %s',
    (text) => {
      expect(values(text)).toEqual([Number(text)]);
    },
  );

  it.each(['NaN', 'Infinity', 'inf', '1e999', '0x10', '1_000', '.', '+', '1e', '１', '--1', '1.2.3'])(
    'refuses %s',
    (text) => {
      expect(values(text)).toEqual([]);
    },
  );
});

describe('reasons', () => {
  it.each([
    ['nothing', REASONS.noValue],
    [':1|c', REASONS.emptyName],
    ['m:|c', REASONS.emptyValue],
    ['m::|c', REASONS.emptyValue],
    ['m:x|c', REASONS.badValue],
    ['m:1', REASONS.noType],
    ['m:1|', REASONS.noType],
    ['m:1|x', REASONS.badType],
    ['m:1|msx', REASONS.badType],
    ['m:1|c|@', REASONS.badRate],
    ['m:1|c|@0.5:1', REASONS.noType],
    ['m:1|c|T0', REASONS.badTimestamp],
    ['_e{5,4}:title', REASONS.eventShort],
    ['_e{1,2}:ü|ab', REASONS.eventLength],
    ['_sc||0', REASONS.checkName],
  ])('%s: %s', (line, expected) => {
    expect(reason(line)).toBe(expected);
  });
});
