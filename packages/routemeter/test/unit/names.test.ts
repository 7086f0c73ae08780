import { expect, it } from 'vitest';
import { UNIT_NAMES, UnitNames } from '../../src/unit/names.ts';

const IDLE_MS = 600_000;

it('names that nobody used for ten minutes make room, which is looked for once a minute', () => {
  let time = 0;
  let overflown = 0;
  const names = new UnitNames(
    () => overflown++,
    () => time,
  );
  const of = (name: string) => names.of('job', name, 'bullmq', 'mails');
  const all = Array.from({ length: UNIT_NAMES }, (_, at) => of(`name${at}`));
  expect(of('late').name).toBe('other');
  expect(overflown).toBe(1);

  time = IDLE_MS - 1;
  const used = of('name7');
  expect(used).toBe(all[7]);
  // Looked for a moment before the others have been idle for long enough: the next look is a minute later.
  expect(of('late').name).toBe('other');
  time = IDLE_MS;
  expect(of('late').name).toBe('other');
  expect(all.some(({ dead }) => dead)).toBe(false);

  time = IDLE_MS + 60_000;
  expect(of('late').name).toBe('late');
  expect(all.filter(({ dead }) => !dead)).toEqual([used]);
  expect(of('name7')).toBe(used);
  // A name that went comes back as another object.
  expect(of('name8')).not.toBe(all[8]);
  for (let at = 0; at < UNIT_NAMES; at++) of(`more${at}`);
  expect(of('beyond').name).toBe('other');
});

it('who tells by itself when a name was used finds it without a touch', () => {
  let time = 0;
  const names = new UnitNames(
    () => {},
    () => time,
  );
  expect(names.find('job', 'send', 'bullmq', 'mails')).toBeNull();
  const made = names.of('job', 'send', 'bullmq', 'mails');
  time = 5;
  expect(names.find('job', 'send', 'bullmq', 'mails')).toBe(made);
  expect(names.find('job', 'send', 'bullmq', 'others')).toBeNull();
  expect(made.touched).toBe(0);
  names.of('job', 'send', 'bullmq', 'mails');
  expect(made.touched).toBe(5);
});

it('one name of several queues has as many places', () => {
  const names = new UnitNames(
    () => {},
    () => 0,
  );
  const made = Array.from({ length: UNIT_NAMES }, (_, at) => names.of('job', 'send', 'bullmq', `queue${at}`));
  expect(new Set(made).size).toBe(UNIT_NAMES);
  expect(names.of('job', 'send', 'bullmq', 'queue3')).toBe(made[3]);
  expect(names.of('job', 'send', 'bullmq', 'one more').name).toBe('other');
});
