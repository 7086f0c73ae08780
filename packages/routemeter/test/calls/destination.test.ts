import { expect, test } from 'vitest';
import { destinationOf } from '../../src/calls/destination.ts';

test.each([
  ['orders', 'orders'],
  ['prod-payments-service-transaction-events-v1', 'prod-payments-service-transaction-events-v1'],
  ['orders.v2.eu-west-1', 'orders.v2.eu-west-1'],
  ['bestellungen-größe', 'bestellungen-größe'],
  ['tenant.4711.orders', 'tenant.:id.orders'],
  ['user:alice@example.com:inbox', 'user::id:inbox'],
  ['reply-550e8400-e29b-41d4-a716-446655440000', 'reply-:id'],
  ['job_65f1c0ffee12ab34cd56ef78', 'job_:id'],
  ['amq.gen-JzTY20BRgKO-HjmUJj0wLg', '(temporary)'],
  ['amq.ctag-f3Zx', '(temporary)'],
  ['amq.rabbitmq.reply-to.g1h2AA.token==', '(temporary)'],
  ['amq.rabbitmq.reply-to', '(temporary)'],
  ['550e8400-e29b-41d4-a716-446655440000', '(temporary)'],
  ['01ARZ3NDEKTSV4RRFFQ69G5FAV', '(temporary)'],
  ['V1StGXR8Z5jdHi6B', '(temporary)'],
  ['amq.topic', 'amq.topic'],
  ['', ''],
  [undefined, ''],
  [42, ''],
])('%s is shown as %s', (name, shown) => {
  expect(destinationOf(name)).toBe(shown);
});

test('many names are few, however long', () => {
  const shown = new Set(Array.from({ length: 2000 }, (_, at) => destinationOf(`queue-${1000 + at}`)));
  expect([...shown]).toEqual(['queue-:id']);
  expect(destinationOf('x.'.repeat(10_000)).length).toBeLessThanOrEqual(120);
});
