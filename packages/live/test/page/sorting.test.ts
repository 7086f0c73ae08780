import { describe, expect, it } from 'vitest';
import { contains, kinds, matches } from '../../src/page/model/filtering.ts';
import { rowKey } from '../../src/page/model/rows.ts';
import { DEFAULT_ORDER, settle, sortRows } from '../../src/page/model/sorting.ts';
import { rowOf } from './rows.ts';

const a = rowOf('GET /a', 10, [1, 0, 0, 9]);
const b = rowOf('GET /b', 1, [1, 0, 0, 199]);
const c = rowOf('POST /c', 100, [0.1, 0, 0, 0.1]);
const routes = (rows: { route: string }[]) => rows.map((row) => row.route);

describe('order', () => {
  it('is by total time first: rate times mean', () => {
    expect(routes(sortRows([a, b, c], DEFAULT_ORDER))).toEqual(['/b', '/a', '/c']);
  });

  it('can be by any column, both ways', () => {
    expect(routes(sortRows([a, b, c], { column: 'rate', descending: true }))).toEqual(['/c', '/a', '/b']);
    expect(routes(sortRows([c, b, a], { column: 'route', descending: false }))).toEqual(['/a', '/b', '/c']);
    expect(routes(sortRows([a, b, c], { column: 'p95', descending: false }))).toEqual(['/c', '/a', '/b']);
  });
});

describe('calm', () => {
  const shown = [b, a, c].map(rowKey);
  const faster = { ...a, rate: 20.5 };
  const nearly = { ...a, rate: 20.5 / 2 };

  it('keeps places while nothing is out of place by more than 5 %', () => {
    const close = [rowOf('GET /x', 10, [1, 0, 0, 9]), rowOf('GET /y', 10.3, [1, 0, 0, 9])];
    expect(routes(settle(close.map(rowKey), close, DEFAULT_ORDER, false))).toEqual(['/x', '/y']);
  });

  it('moves a row that clearly belongs elsewhere', () => {
    expect(routes(settle(shown, [{ ...a, rate: 40 }, b, c], DEFAULT_ORDER, false))).toEqual([
      '/a',
      '/b',
      '/c',
    ]);
    expect(routes(settle(shown, [nearly, b, c], DEFAULT_ORDER, false))).toEqual(['/b', '/a', '/c']);
  });

  it('moves nothing while held, and puts new rows last', () => {
    const d = rowOf('GET /d', 1000, [50, 0, 0, 50]);
    expect(routes(settle(shown, [d, { ...faster, rate: 400 }, b, c], DEFAULT_ORDER, true))).toEqual([
      '/b',
      '/a',
      '/c',
      '/d',
    ]);
  });

  it('does not drift: many small steps end in the right order', () => {
    let rows = Array.from({ length: 10 }, (_, i) => rowOf(`GET /r${i}`, 10, [1, 0, 0, 9]));
    let keys = rows.map(rowKey);
    for (let step = 0; step < 50; step += 1) {
      rows = rows.map((row, i) => ({ ...row, rate: row.rate * (1 + i / 200) }));
      keys = settle(keys, rows, DEFAULT_ORDER, false).map(rowKey);
    }
    expect(keys[0]).toBe(rowKey(rows[9]!));
    expect(keys.at(-1)).toBe(rowKey(rows[0]!));
  });
});

describe('filter', () => {
  const none = { text: '', service: '', method: '', kind: '', status: '' };

  it('finds words in any order and case', () => {
    expect(matches(rowOf('GET /users/:id/friends', 1, [1, 0, 0, 1]), { ...none, text: 'FRIENDS get' })).toBe(
      true,
    );
    expect(contains('GET /users', 'users orders')).toBe(false);
  });

  it('by method, service and class of status', () => {
    const failing = rowOf('POST /orders', 1, [1, 0, 0, 1], { status: { '201': 5, '503': 1 } });
    expect(matches(failing, { ...none, status: '5' })).toBe(true);
    expect(matches(failing, { ...none, status: '4' })).toBe(false);
    expect(matches(failing, { ...none, method: 'GET' })).toBe(false);
    expect(matches(failing, { ...none, service: 'billing' })).toBe(false);
  });

  it('by kind of the unit of work', () => {
    const job = rowOf('JOB mails/welcome', 1, [1, 0, 0, 1], { kind: 'job', status: { ok: 60 } });
    expect(matches(job, { ...none, kind: 'job' })).toBe(true);
    expect(matches(job, { ...none, kind: 'request' })).toBe(false);
    const rows = [rowOf('GET /', 1, [1, 0, 0, 1]), job, rowOf('POST /', 1, [1, 0, 0, 1])];
    expect(kinds(rows)).toEqual([
      ['request', 'HTTP'],
      ['job', 'JOB'],
    ]);
  });
});
