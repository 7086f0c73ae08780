import { describe, expect, it } from 'vitest';
import type { Block } from '../../src/page/api/types.ts';
import { firstSentence, sentenceFor, sentenceText } from '../../src/page/model/sentence.ts';
import { rowOf, spread } from './rows.ts';

const home = rowOf('GET /home', 42, [7, 2, 21, 31]);
const report = rowOf('POST /report', 0.3, [410, 5, 2, 3]);

const say = (...args: Parameters<typeof sentenceFor>) => {
  const sentence = sentenceFor(...args);
  return sentence && sentenceText(sentence);
};

const block = (name: string, share: number, perRequest: number): Block => ({
  name,
  count: 100,
  perRequest,
  wall: spread(1),
  cpu: null,
  share,
});

describe('a route that waits for the loop', () => {
  it('names the route that the loop is busy with, though another one is called far more often', () => {
    expect(say(home, [home, report])).toBe(
      'GET /home waits 21 of its 61 ms for the loop, which is busy with POST /report most of that time.',
    );
  });

  it('says when it is requests of its own kind', () => {
    const alone = rowOf('GET /home', 40, [20, 0, 60, 5]);
    expect(say(alone, [alone])).toContain('which is busy with other requests of the same route');
  });

  it('names nobody when no route explains the wait', () => {
    const quiet = rowOf('GET /quiet', 0.2, [1, 0, 30, 10]);
    expect(say(quiet, [quiet, rowOf('GET /small', 1, [1, 0, 0, 1])])).toBe(
      'GET /quiet waits 30 of its 41 ms for the loop.',
    );
  });

  it('does not blame a route of another service', () => {
    const elsewhere = { ...report, service: 'billing' };
    expect(say(home, [home, elsewhere])).not.toContain('/report');
  });

  it('says that there are many when none stands out', () => {
    const crowd = ['a', 'b', 'c', 'd', 'e'].map((name) => rowOf(`GET /${name}`, 30, [8, 0, 30, 20]));
    expect(say(crowd[0]!, crowd)).toContain('busy with many other routes');
  });
});

describe('other stories', () => {
  it('a route that computes', () => {
    expect(say(report, [home, report])).toMatch(
      /^POST \/report computes for 410 of its 420 ms; meanwhile no other/,
    );
  });

  it('a route that blocks the loop without computing', () => {
    const files = rowOf('GET /files/:name', 2, [2, 41, 5, 3]);
    expect(say(files, [files])).toMatch(
      /^GET \/files\/:name blocks the loop for 41 of its 51 ms without computing/,
    );
  });

  it('a route that waits for something else', () => {
    const orders = rowOf('POST /orders', 3, [4, 0, 9, 62]);
    expect(say(orders, [orders])).toMatch(
      /^POST \/orders waits 62 of its 75 ms for something outside this process/,
    );
  });

  it('names the block that most of the time is in, and how often it is called', () => {
    const orders = rowOf('POST /orders', 3, [4, 0, 9, 62]);
    const blocks = [block('render', 0.1, 1), block('db.query', 0.8, 37)];
    expect(say(orders, [orders], blocks)).toContain('most of it in db.query, called 37 times per request');
  });
});

describe('no sentence', () => {
  it.each([
    ['too few requests', rowOf('GET /rare', 0.1, [1, 0, 30, 10])],
    ['less than a millisecond', rowOf('GET /fast', 50, [0.1, 0, 0.5, 0.1])],
    [
      'only wall time known',
      rowOf('GET /wall', 50, [1, 0, 30, 10], { cpu: null, stalled: null, loopBusy: null, idle: null }),
    ],
    ['no part that stands out', rowOf('GET /mixed', 50, [30, 10, 20, 40])],
  ])('%s', (_why, row) => {
    expect(say(row, [row])).toBeNull();
  });

  it('for CPU alone, nothing is said about waiting', () => {
    const row = rowOf('GET /cpu', 50, [2, 0, 0, 60], { stalled: null, loopBusy: null, idle: null });
    expect(say(row, [row])).toBeNull();
  });
});

it('the table speaks of the first route that has something to say', () => {
  const silent = rowOf('GET /mixed', 50, [30, 10, 20, 40]);
  expect(sentenceText(firstSentence([silent, report, home], [silent, report, home])!)).toMatch(
    /^POST \/report/,
  );
});
