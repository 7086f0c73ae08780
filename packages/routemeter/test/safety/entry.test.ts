import net from 'node:net';
import { expect, it } from 'vitest';
import { enter, installEntry } from '../../src/request/index.ts';

it('servers that are not HTTP keep their own event called "request", with all its arguments', () => {
  installEntry(() => ({ listening() {}, request: enter }));
  const server = new net.Server();
  const seen: unknown[][] = [];
  server.on('request', (...given: unknown[]) => seen.push(given));
  const calls: unknown[][] = [
    [],
    [{ id: 1 }],
    [{ id: 2 }, () => 'reply'],
    [{ id: 3 }, { writeHead() {} }],
    [{ id: 4 }, { writeHead() {} }, 'third'],
    [Object.freeze({ id: 5 }), null],
  ];
  for (const given of calls) expect(server.emit('request', ...given)).toBe(true);
  expect(seen).toEqual(calls);
});
