import { once } from 'node:events';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { virtualClock } from '../../../testkit/src/clock.ts';
import { createEngine } from '../../src/attribution/engine.ts';
import { Work } from '../../src/attribution/work.ts';

type Listen = (request: IncomingMessage, heard: (event: string) => void) => void;

let server: http.Server;
afterEach(() => void server.close());

/** Posts a body in two parts; `before` and `after` listen before and after the request is adopted. */
async function post(before: Listen, after: Listen) {
  const engine = createEngine(virtualClock());
  const work = new Work('request', null);
  const inContext: [string, boolean][] = [];
  const own: boolean[] = [];
  const heard = (event: string) => inContext.push([event, engine.current() === work]);
  server = http.createServer((request: IncomingMessage, response: ServerResponse) => {
    before(request, heard);
    engine.open(work, true);
    engine.adopt(work, request, response);
    own.push(Object.hasOwn(request, 'emit'));
    after(request, heard);
    own.push(Object.hasOwn(request, 'emit'), Object.hasOwn(response, 'emit'));
    request.on('close', () => response.end());
    request.resume();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const client = http.request({ host: '127.0.0.1', port, method: 'POST' });
  client.end('body');
  const [answer] = (await once(client, 'response')) as [IncomingMessage];
  answer.resume();
  await once(answer, 'end');
  return { inContext, own };
}

const nothing: Listen = () => {};

it.each<[string, Listen]>([
  ['on', (request, heard) => void request.on('data', () => heard('data'))],
  ['addListener', (request, heard) => void request.addListener('data', () => heard('data'))],
  ['once', (request, heard) => void request.once('data', () => heard('data'))],
  ['prependListener', (request, heard) => void request.prependListener('data', () => heard('data'))],
  ['prependOnceListener', (request, heard) => void request.prependOnceListener('data', () => heard('data'))],
])('a listener added by %s runs in the context of its request', async (_name, listen) => {
  const after = await post(nothing, listen);
  expect(after.inContext).toEqual([['data', true]]);
  expect(after.own).toEqual([false, true, false]);
  server.close();
  const before = await post(listen, nothing);
  expect(before.inContext).toEqual([['data', true]]);
  expect(before.own).toEqual([true, true, false]);
});

it('an emit that somebody put on the request itself is called as it was', async () => {
  const events: string[] = [];
  const { inContext } = await post(
    (request) => {
      const { emit } = request;
      request.emit = function (this: IncomingMessage, event: string, ...given: unknown[]) {
        events.push(event);
        return emit.call(this, event, ...given);
      } as typeof emit;
    },
    (request, heard) => void request.on('end', () => heard('end')),
  );
  expect(inContext).toEqual([['end', true]]);
  expect(events).toContain('end');
  expect(events).toContain('close');
});

it('a request whose body nobody reads keeps the emit of its class, also past its answer', async () => {
  const engine = createEngine(virtualClock());
  const kept: boolean[] = [];
  server = http.createServer((request, response) => {
    const work = new Work('request', null);
    engine.open(work, true);
    engine.adopt(work, request, response);
    // Once its answer is sent Node itself waits for its end.
    response.on('close', () => kept.push(!Object.hasOwn(request, 'emit')));
    response.end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await (await fetch(`http://127.0.0.1:${port}/`)).text();
  await expect.poll(() => kept[0]).toBe(true);
});
