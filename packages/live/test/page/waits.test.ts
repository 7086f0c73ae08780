import { describe, expect, it } from 'vitest';
import type { RouteCall } from '../../src/page/api/types.ts';
import { byBlock, repeats, waitPerRequest, worstRepeat } from '../../src/page/model/calls.ts';
import { sentenceFor, sentenceText } from '../../src/page/model/sentence.ts';
import { waitPieces } from '../../src/page/model/waits.ts';
import { rowOf, spread } from './rows.ts';

const call = (name: string, other: Partial<RouteCall> = {}): RouteCall => ({
  name,
  kind: 'db',
  system: 'postgresql',
  peer: 'db',
  operation: 'SELECT users',
  block: '',
  count: 600,
  perRequest: 1,
  errors: 0,
  duration: spread(2),
  wait: { mean: 2 },
  share: 0.1,
  repeated: { mean: 1, max: 1 },
  ...other,
});

describe('the idle part of a bar', () => {
  it('is split by what is waited for, and keeps what nobody explains', () => {
    const row = rowOf('GET /home', 10, [7, 0, 4, 38], {
      waits: [
        { name: 'ads.internal', mean: 22 },
        { name: 'postgresql', mean: 9 },
        { name: null, mean: 2 },
      ],
    });
    expect(waitPieces(row)).toEqual({
      pieces: [
        { name: 'ads.internal', mean: 22, shade: '0' },
        { name: 'postgresql', mean: 9, shade: '1' },
        { name: 'other upstreams', mean: 2, shade: 'rest' },
      ],
      left: 5,
    });
  });

  it('is never longer than the idle time, since both are means of their own', () => {
    const row = rowOf('GET /home', 10, [1, 0, 0, 10], { waits: [{ name: 'redis', mean: 10.4 }] });
    const { pieces, left } = waitPieces(row);
    expect(pieces[0]!.mean).toBeCloseTo(10);
    expect(left).toBe(0);
  });

  it('stays whole where no waits are sent', () => {
    expect(waitPieces(rowOf('GET /home', 10, [1, 0, 0, 10]))).toEqual({ pieces: [], left: 10 });
  });
});

describe('the sentence of a route that waits', () => {
  const say = (...args: Parameters<typeof sentenceFor>) => {
    const sentence = sentenceFor(...args);
    return sentence && sentenceText(sentence);
  };
  const row = rowOf('GET /home', 10, [7, 0, 4, 31], {
    waits: [
      { name: 'ads.internal', mean: 20 },
      { name: 'postgresql', mean: 9 },
      { name: 'redis', mean: 1 },
    ],
  });

  it('names what it waits for, never more than two', () => {
    expect(say(row, [row])).toBe('GET /home waits 31 of its 42 ms: 20 for ads.internal, 9 for postgresql.');
  });

  it('leaves out a second one that is next to nothing', () => {
    const one = {
      ...row,
      waits: [
        { name: 'ads.internal', mean: 28 },
        { name: 'redis', mean: 1 },
      ],
    };
    expect(say(one, [one])).toBe('GET /home waits 31 of its 42 ms: 28 for ads.internal.');
  });

  it('tells of a call that one request repeats', () => {
    const many = call('postgresql SELECT users', {
      perRequest: 37,
      repeated: { mean: 37, max: 40 },
      share: 0.2,
    });
    expect(say(row, [row], [], [many])).toContain('; one request asks 37 times postgresql SELECT users.');
  });

  it('says what it said before where the calls explain too little', () => {
    const little = { ...row, waits: [{ name: 'redis', mean: 2 }] };
    expect(say(little, [little])).toContain('for something outside this process');
  });
});

describe('calls of a route', () => {
  it('stand under their block, the one with the most expensive call first', () => {
    const calls = [call('a', { block: 'feed' }), call('b'), call('c', { block: 'feed' })];
    expect(byBlock(calls).map(({ block, calls: own }) => [block, own.map(({ name }) => name)])).toEqual([
      ['feed', ['a', 'c']],
      ['', ['b']],
    ]);
  });

  it('are flagged where one request repeats them, though few requests make them at all', () => {
    expect(repeats(call('a', { perRequest: 0.5, repeated: { mean: 37, max: 37 } }))).toEqual({
      mean: 37,
      max: 37,
    });
    expect(repeats(call('a', { perRequest: 2, repeated: { mean: 2, max: 40 } }))).toEqual({
      mean: 2,
      max: 40,
    });
    expect(repeats(call('a', { perRequest: 3, repeated: { mean: 3, max: 4 } }))).toBeNull();
    // Of an app that does not tell how often: the mean has to do.
    expect(repeats(call('a', { perRequest: 12, repeated: null }))).toEqual({ mean: 12, max: 12 });
  });

  it('cost a request what each of them costs, as often as it makes them', () => {
    expect(waitPerRequest(call('a', { perRequest: 30, wait: { mean: 1.5 } }))).toBe(45);
    expect(waitPerRequest(call('a', { wait: null }))).toBeNull();
  });

  it('that are repeated but cost nothing are not worth a sentence', () => {
    const row = rowOf('GET /home', 10, [1, 0, 0, 10]);
    const cheap = call('redis GET', { repeated: { mean: 50, max: 50 }, share: 0.01 });
    expect(worstRepeat([cheap], row)).toBeUndefined();
  });
});
