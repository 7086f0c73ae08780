import { expect, it } from 'vitest';
import type { Check } from '../../src/page/api/types.ts';
import { checkStates, fittingEvents, tagTexts } from '../../src/page/model/events.ts';

it('tags are written as they were sent', () => {
  expect(tagTexts({ stage: ['prod', 'eu'], bare: [''], alone: [] })).toEqual([
    'stage:prod',
    'stage:eu',
    'bare',
    'alone',
  ]);
});

it('a check stands as its newest says, since it does, each host and each tag by itself', () => {
  const check = (at: number, status: Check['status'], host = 'a', tags = {}): Check => ({
    at,
    name: 'db',
    status,
    host,
    tags,
  });
  const states = checkStates([
    check(9, 'critical'),
    check(8, 'critical'),
    check(7, 'ok', 'b'),
    check(6, 'ok'),
    check(5, 'critical'),
    check(4, 'unknown', 'a', { db: ['orders'] }),
  ]);
  expect(states.map(({ status, host, since, at }) => [status, host, since, at])).toEqual([
    ['critical', 'a', 8, 9],
    ['unknown', 'a', 4, 4],
    ['ok', 'b', 7, 7],
  ]);
});

it('events are found by any word of theirs and by their kind', () => {
  const events = [
    { at: 2, title: 'Deploy', text: 'done', alertType: 'success', tags: { stage: ['prod'] } },
    { at: 1, title: 'Backup', text: 'failed', host: 'web-1', tags: {} },
  ];
  expect(fittingEvents(events, 'stage:prod deploy', '')).toEqual([events[0]]);
  expect(fittingEvents(events, 'web-1', '')).toEqual([events[1]]);
  expect(fittingEvents(events, '', 'info')).toEqual([events[1]]);
});
