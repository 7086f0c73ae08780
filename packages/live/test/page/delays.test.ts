import { describe, expect, it } from 'vitest';
import { culpritName } from '../../src/page/model/delays.ts';
import { sentenceFor, sentenceText } from '../../src/page/model/sentence.ts';
import { rowOf, spread } from './rows.ts';

const REPORTS = { kind: 'request', route: '/reports', method: 'POST' };
const unread = (ms: number, other = {}) =>
  rowOf('GET /hello', 10, [0.1, 0, 0, 0.1], {
    queued: { ...spread(ms), count: 600 },
    client: spread(ms + 0.2),
    heldBy: { ...REPORTS, mean: ms },
    ...other,
  });
const say = (row: ReturnType<typeof unread>) => {
  const sentence = sentenceFor(row, []);
  return sentence && sentenceText(sentence);
};

describe('the sentence of a route whose clients wait', () => {
  it('says how long, how much of it unread, and who held the loop', () => {
    expect(say(unread(3.9))).toBe(
      'Clients wait 4.1 ms for GET /hello, of which 3.9 unread while POST /reports held the loop.',
    );
  });

  it('names what is no route', () => {
    const by = (culprit: { kind: string; route: string | null; method: string | null }) =>
      say(unread(3.9, { heldBy: { ...culprit, mean: 3 } }))!.replace(/.* unread while /, '');
    expect(by({ kind: 'outside', route: null, method: null })).toBe('code of no request held the loop.');
    expect(by({ kind: 'stopped', route: null, method: null })).toBe('the process did not run.');
    expect(by({ kind: 'request', route: '/hello', method: 'GET' })).toBe(
      'other requests of the same route held the loop.',
    );
    expect(by({ kind: 'work', route: 'cleanup', method: null })).toBe('cleanup held the loop.');
    expect(say(unread(3.9, { heldBy: undefined }))).toContain('unread while the loop was busy.');
  });

  it('says nothing of waits that are no story', () => {
    expect(say(unread(0.3))).toBeNull();
    expect(say(unread(3.9, { count: 5 }))).toBeNull();
    expect(say(unread(3.9, { client: spread(40) }))).toBeNull();
    expect(say(unread(3.9, { queued: null, client: null }))).toBeNull();
  });
});

it('the crowd has a name for people', () => {
  expect(culpritName({ kind: 'crowd', route: null, method: null })).toBe('not told one by one');
  expect(culpritName(REPORTS)).toEqual({ name: 'POST /reports' });
});
