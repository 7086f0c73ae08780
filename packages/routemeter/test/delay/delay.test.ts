import { once } from 'node:events';
import http2 from 'node:http2';
import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { nodeBinaries } from '../../../testkit/src/nodes.ts';
import { askAlone, besideBurner, Clients } from './clients.ts';
import { expectWhole, Host, sum } from './host.ts';

const { nodes, skipped } = await nodeBinaries();
for (const reason of skipped) console.warn(`delays skipped: ${reason}`);

const BURN = '/burn/:ms';

describe.each(nodes)('the wait of a cheap route beside a burner on Node $version', (node) => {
  it.each(['http', 'https', 'thread'])('is told, and the burner named: %s', async (how) => {
    await using host = await Host.start(how, node.path);
    const clients = new Clients(host.port, how === 'https');
    await clients.warm(12);
    await clients.warm(12);
    const waits = await besideBurner(clients, 8);
    const told = await host.told('/hello', waits.length);
    clients.close();
    expect(told.queued).toHaveLength(waits.length);
    expect(told.client).toHaveLength(waits.length);
    expectWhole(told);
    // What the clients waited, up to what they and the network cost themselves.
    expect(sum(told.client)).toBeGreaterThan(sum(waits) * 0.4);
    expect(sum(told.client)).toBeLessThan(sum(waits) * 1.6);
    const named = told.culprits[`queued ${BURN}`] ?? 0;
    const stopped = told.culprits['queued stopped'] ?? 0;
    expect(named + stopped).toBeGreaterThan(sum(told.queued) * 0.6);
    expect(named).toBeGreaterThan(0);
    // Wall time knows nothing of it.
    expect(sum(told.queued)).toBeGreaterThan(sum(told.wall));
    const { delay } = await host.dump();
    expect(delay.mode).toBe('estimated');
  });
});

describe('a request', () => {
  it('that a new connection brings has waited nobody knows how long; over TLS, and on a kept one, it is known', async () => {
    for (const [how, isKnown] of [
      ['http', false],
      ['https', true],
    ] as const) {
      await using host = await Host.start(how);
      // By the first request it begins.
      await askAlone(host.port, '/wait', how === 'https');
      for (let at = 0; at < 5; at++) {
        const clients = new Clients(host.port, how === 'https');
        await clients.ask('/hello');
        await clients.ask('/kept');
        clients.close();
      }
      const hello = await host.told('/hello', 5);
      expect(hello.queued).toHaveLength(isKnown ? 5 : 0);
      expect(hello.delayed).toHaveLength(5);
      expect((await host.told('/kept', 5)).queued).toHaveLength(5);
    }
  });

  it('that comes long after its connection was accepted is known', async () => {
    await using host = await Host.start('http');
    const socket = net.connect(host.port, '127.0.0.1');
    await once(socket, 'connect');
    // Some turns of the server's loop: another client drives them.
    const others = new Clients(host.port);
    for (let at = 0; at < 5; at++) await others.ask('/wait');
    others.close();
    socket.write('GET /hello HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
    await once(socket.resume(), 'end');
    expect((await host.told('/hello', 1)).queued).toHaveLength(1);
  });

  it('that is pipelined behind another waits for that one’s code', async () => {
    await using host = await Host.start('http');
    const socket = net.connect(host.port, '127.0.0.1');
    const ask = (path: string, more = '') => `GET ${path} HTTP/1.1\r\nHost: a\r\n${more}\r\n`;
    socket.write(ask('/wait'));
    await once(socket, 'data');
    socket.write(ask('/burn/80') + ask('/hello', 'Connection: close\r\n'));
    await once(socket.resume(), 'end');
    const told = await host.told('/hello', 1);
    expect(told.queued[0]).toBeGreaterThan(75);
    expect(told.culprits[`queued ${BURN}`] ?? 0).toBeGreaterThan(0);
    expectWhole(told);
  });

  it('with a body does not wait for the loop while that is on its way', async () => {
    await using host = await Host.start('http');
    const socket = net.connect(host.port, '127.0.0.1');
    socket.write('GET /wait HTTP/1.1\r\nHost: a\r\n\r\n');
    await once(socket, 'data');
    socket.write('POST /post HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nConnection: close\r\n\r\n');
    await sleep(400);
    socket.write('body');
    await once(socket.resume(), 'end');
    const told = await host.told('/post', 1);
    expect(told.wall[0]).toBeGreaterThan(350);
    expect(told.queued[0]! + told.delayed[0]!).toBeLessThan(300);
  });
});

describe('what goes on after an await', () => {
  it('waits for as long as its timers are late by the application’s own clock', async () => {
    await using host = await Host.start('http');
    const clients = new Clients(host.port);
    await clients.warm(24);
    await clients.warm(24);
    const before = (await host.dump()).late;
    const timers = Array.from({ length: 24 }, async () => {
      for (let at = 0; at < 2; at++) await clients.ask('/timers');
    });
    await besideBurner(clients, 6);
    await Promise.all(timers);
    const told = await host.told('/timers', 48);
    const late = (await host.dump()).late - before;
    clients.close();
    const delayed = sum(told.delayed);
    expect(delayed).toBeGreaterThan(late * 0.5);
    expect(delayed).toBeLessThan(late * 1.5);
    const named = told.culprits[`delayed ${BURN}`] ?? 0;
    expect(named).toBeGreaterThan(0);
    expect(named + (told.culprits['delayed stopped'] ?? 0)).toBeGreaterThan(delayed * 0.5);
    expectWhole(told);
  });

  it('as a microtask waits for nobody', async () => {
    await using host = await Host.start('http');
    const clients = new Clients(host.port);
    await clients.warm(4);
    for (let at = 0; at < 5; at++) await clients.ask('/microtasks');
    const told = await host.told('/microtasks', 5);
    clients.close();
    expect(sum(told.wall)).toBeGreaterThan(5 * 20);
    // What else the loop does comes between two of them at most where the machine does.
    expect(sum(told.delayed)).toBeLessThan(sum(told.wall) * 0.2);
  });
});

it('many streams of one HTTP/2 connection wait for each other', async () => {
  await using host = await Host.start('h2');
  const session = http2.connect(`http://127.0.0.1:${host.port}`);
  const ask = async (path: string) => {
    const stream = session.request({ ':path': path });
    await once(stream.resume(), 'end');
  };
  await ask('/wait');
  await Promise.all(['/burn/80', '/hello', '/hello', '/hello', '/hello'].map(ask));
  session.close();
  const told = await host.told('/hello', 4);
  expect(told.queued).toHaveLength(4);
  for (const ms of told.queued) expect(ms).toBeGreaterThan(35);
  expect(told.culprits[`queued ${BURN}`] ?? 0).toBeGreaterThan(0);
  expectWhole(told);
});

it('a worker of a cluster tells its own', async () => {
  await using host = await Host.start('cluster');
  const clients = new Clients(host.port);
  await clients.warm(8);
  await clients.warm(8);
  await besideBurner(clients, 3);
  const told = await host.told('/hello', 15);
  clients.close();
  expect(told.queued).toHaveLength(15);
  expect(told.culprits[`queued ${BURN}`] ?? 0).toBeGreaterThan(0);
});

it.skipIf(process.platform !== 'linux')('a process that was stopped is no route’s fault', async () => {
  await using host = await Host.start('http');
  const clients = new Clients(host.port);
  await clients.warm(6);
  await clients.warm(6);
  // In the midst of a route's code nobody can tell it from a call that blocks.
  await host.told('/wait', 12);
  await sleep(200);
  host.child.kill('SIGSTOP');
  await sleep(300);
  const asked = Array.from({ length: 5 }, () => clients.ask('/hello'));
  await sleep(700);
  host.child.kill('SIGCONT');
  await Promise.all(asked);
  const told = await host.told('/hello', 5);
  clients.close();
  expect(told.culprits['queued stopped'] ?? 0).toBeGreaterThan(sum(told.queued) * 0.8);
  expect(sum(told.queued)).toBeGreaterThan(5 * 250);
  expect(sum(told.queued)).toBeLessThan(5 * 1000);
  expectWhole(told);
});

it('off, no turn is followed and no connection noted', async () => {
  await using host = await Host.start('off');
  const clients = new Clients(host.port);
  await clients.ask('/hello');
  await clients.ask('/hello');
  clients.close();
  const told = await host.told('/hello', 2);
  expect(told).toMatchObject({ queued: [], delayed: [], client: [], culprits: {} });
  expect(await host.dump()).toMatchObject({ turn: -1, listens: false, delay: { mode: 'off' } });
});
