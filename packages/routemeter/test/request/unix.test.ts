import { expect, test } from 'vitest';
import type { RequestSpan } from '../../src/request/index.ts';
import { UnixForwarded } from '../../src/request/unix.ts';

const span = (more: Partial<RequestSpan> = {}) => ({ guess: true, explicit: false, ...more }) as RequestSpan;
/** Two of them share their memory, as those of two threads do. */
const [here, there] = [new UnixForwarded(), new UnixForwarded()];

test('what a server of another thread has counts there, unless this one knows its name or was asked to measure', () => {
  const asked = [span(), span({ guess: false }), span({ explicit: true })];
  for (const one of asked) here.sent(one, 7);
  for (const _ of asked) expect(there.take(7)).toBeNull();
  expect(asked.map((one) => here.leave(one))).toEqual([true, false, false]);
});

test('what nobody has taken counts here, and leaves nothing', () => {
  const one = span();
  here.sent(one, 7);
  expect(there.take(8)).toBeNull();
  expect(here.leave(one)).toBe(false);
  expect(here.leave(one)).toBe(false);
  // Sent by another program.
  expect(here.take(7)).toBeNull();
});

test('hashes that would read as a state are none', () => {
  for (const hash of [0, 1]) {
    const one = span();
    here.sent(one, hash);
    expect(here.take(hash)).toBe(one);
  }
});

test('more than a thousand at a time are not followed, until some have left', () => {
  const all = Array.from({ length: 1024 }, () => span());
  for (const [at, one] of all.entries()) here.sent(one, 100 + at);
  expect(here.take(100 + 1022)).toBe(all[1022]);
  expect(here.take(100 + 1023)).toBeNull();
  const late = span();
  here.sent(late, 5);
  expect(here.take(5)).toBe(late);
  for (const one of all) expect(here.leave(one)).toBe(false);
});
