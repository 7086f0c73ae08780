import { expect, test } from 'vitest';
import { Call, type CallUnit } from '../../../src/calls/call.ts';
import type { CallName } from '../../../src/calls/names.ts';
import { Replies, WAITING } from '../../../src/calls/sources/amqplib-replies.ts';

let now = 0;
const ended: Call[] = [];
const unit: CallUnit = {
  now: () => now,
  ended(call) {
    call.ended = true;
    ended.push(call);
  },
  cancelled() {},
};
const begun = () => new Call({} as CallName, '', unit, now);

test('requests that nobody answers are few, and told when others follow', () => {
  const replies = new Replies();
  const consumer = function consumer(_: unknown, ...more: unknown[]) {
    return more;
  };
  const followed = replies.consumed('answers', consumer);
  expect([followed.name, followed.length, followed({}, 1)]).toEqual(['consumer', 1, [1]]);
  expect(replies.expected({ replyTo: 'answers', correlationId: 'a' })).toBe('a');
  for (const options of [
    undefined,
    null,
    {},
    { replyTo: 'answers' },
    { correlationId: 'a' },
    { replyTo: 'b', correlationId: 'a' },
  ])
    expect(replies.expected(options)).toBe(null);

  const calls = Array.from({ length: WAITING + 10 }, begun);
  for (const [at, call] of calls.entries()) replies.wait(`id-${at}`, call);
  expect(ended).toEqual(calls.slice(0, 10));
  expect(ended.every(({ error }) => error === 'NO_REPLY')).toBe(true);

  now = 61_000;
  replies.wait('late', begun());
  expect(ended).toHaveLength(WAITING + 10);
  followed({ properties: { correlationId: 'late' } });
  followed({ properties: { correlationId: 'late' } });
  followed(null);
  expect(ended).toHaveLength(WAITING + 11);
  expect(ended.at(-1)!.error).toBe('');
});
