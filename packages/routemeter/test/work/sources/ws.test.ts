import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import * as socketio from 'socket.io';
import { io } from 'socket.io-client';
import { afterEach, expect, test, vi } from 'vitest';
import * as ws from 'ws';
import { units } from '../../../src/work/follow-units.ts';
import { unitInstallation } from '../../../src/work/installation.ts';
import { openStage } from '../../calls/stage.ts';
import { Broken } from '../contract.ts';
import { burn, handledContract } from '../handled.ts';

afterEach(() => unitInstallation().remove());

async function connect(port: number, path: string): Promise<ws.WebSocket> {
  const client = new ws.WebSocket(`ws://127.0.0.1:${port}${path}`);
  await new Promise((opened, failed) => client.once('open', opened).once('error', failed));
  return client;
}

/** Rejections of handlers reach the process, as they do without us. */
function rejections() {
  const reported: unknown[] = [];
  const others = process.listeners('unhandledRejection');
  process.removeAllListeners('unhandledRejection').on('unhandledRejection', (error) => reported.push(error));
  return {
    reported,
    async restore() {
      await new Promise((resolve) => setImmediate(resolve));
      process.removeAllListeners('unhandledRejection');
      for (const other of others) process.on('unhandledRejection', other);
    },
  };
}

handledContract({
  title: 'ws 8',
  modules: [ws],
  metric: 'messaging.process',
  tags: { work_kind: 'socket', messaging_system: 'websocket' },
  shown: (name) => `/${name}`,
  failed: { outcome: 'error', error: 'Broken' },
  async open(names, handle) {
    const { restore } = rejections();
    const http = createServer();
    const servers = names.map((name) => {
      // A server for each path, as with one of HTTP for all of them.
      const server = new ws.WebSocketServer({ noServer: true, path: `/${name}` });
      server.on('connection', (socket) => {
        socket.on('message', async (data) => {
          const [id, act] = String(data).split(' ') as [string, string];
          const done = handle(name, act);
          // The client is answered by an error that the unit ends with as well.
          done.then(
            (text) => socket.send(`${id} ${text}`),
            (error: Error) => socket.send(`${id} ${error.name}: ${error.message}`),
          );
          await done;
        });
      });
      return server;
    });
    http.on('upgrade', (request, socket, head) => {
      const server = servers.find((one) => one.shouldHandle(request))!;
      server.handleUpgrade(request, socket, head, (client) => server.emit('connection', client, request));
    });
    await new Promise<void>((listening) => http.listen(0, '127.0.0.1', () => listening()));
    const { port } = http.address() as AddressInfo;
    const waiting = new Map<string, (text: string) => void>();
    const clients = new Map<string, ws.WebSocket>();
    for (const name of names) {
      const client = await connect(port, `/${name}?token=4711`);
      client.on('message', (data) => {
        const [, id, text] = /^(\S+) (.*)$/s.exec(String(data))!;
        waiting.get(id!)!(text!);
      });
      clients.set(name, client);
    }
    let count = 0;
    return {
      call(name, act) {
        const id = String(count++);
        clients.get(name)!.send(`${id} ${act}`);
        return new Promise((resolve) => waiting.set(id, resolve));
      },
      async close() {
        for (const client of clients.values()) client.terminate();
        await new Promise((closed) => http.close(closed));
        await restore();
      },
    };
  },
});

async function drive(isFollowed: boolean) {
  const stage = await openStage({});
  if (isFollowed) units(stage.meter, ws);
  const { reported, restore } = rejections();
  const seen: string[] = [];
  const http = createServer();
  const plain = new ws.WebSocketServer({ noServer: true });
  http.on('upgrade', (request, socket, head) =>
    plain.handleUpgrade(request, socket, head, (client) => {
      client.on('message', function (this: unknown, data, isBinary) {
        seen.push(`first ${data} ${isBinary} ${this === client}`);
        if (String(data) === 'slow') burn(20);
      });
      client.once('message', async (data) => {
        seen.push(`once ${data}`);
        await new Promise((resolve) => setTimeout(resolve, 1));
        throw new Broken('once');
      });
      client.addEventListener('message', ({ data }) => seen.push(`event ${data}`));
      client.on('ping', () => seen.push('ping'));
      client.on('message', (data) => client.send(`answer ${data}`));
      seen.push(`${client.listenerCount('message')} ${Object.keys(client).includes('emit')}`);
    }),
  );
  // What engine.io makes of ws is told by socket.io.
  const server = new socketio.Server({ path: '/io' });
  server.on('connection', (socket) => socket.on('ask', (answer: () => void) => answer()));
  const other = createServer();
  server.attach(other);
  for (const one of [http, other])
    await new Promise<void>((listening) => one.listen(0, '127.0.0.1', () => listening()));
  const portOf = (one: typeof http) => (one.address() as AddressInfo).port;
  try {
    const client = await connect(portOf(http), '/rooms/4711');
    const heard: string[] = [];
    client.on('message', (data) => heard.push(String(data)));
    client.ping();
    for (const text of ['a', 'slow', 'b']) client.send(text);
    await vi.waitFor(() => expect(heard).toHaveLength(3), { timeout: 60_000 });
    const asking = io(`http://127.0.0.1:${portOf(other)}`, {
      path: '/io',
      transports: ['websocket'],
      reconnection: false,
    });
    await asking.emitWithAck('ask');
    asking.disconnect();
    client.terminate();
    await vi.waitFor(() => expect(reported).toHaveLength(1), { timeout: 60_000 });
    return { seen, heard, reported, metrics: await stage.metrics() };
  } finally {
    await server.close();
    await new Promise((closed) => http.close(closed));
    await restore();
    await stage.stop();
    unitInstallation().remove();
  }
}

test('ws: listeners, their order and rejections are as without us; nothing of a client or of engine.io is a name', async () => {
  const without = await drive(false);
  const { seen, heard, reported, metrics } = await drive(true);
  expect({ seen, heard, reported }).toEqual({
    seen: without.seen,
    heard: without.heard,
    reported: without.reported,
  });
  expect(seen[0]).toBe('4 false');
  const isUnit = ({ name }: { name: string }) => name === 'messaging.process';
  expect(without.metrics.filter(isUnit)).toEqual([]);
  const found = metrics
    .filter(isUnit)
    .map(({ tags }) => [tags.work_name, tags.outcome, tags.error_type].filter(Boolean).join(' '));
  expect(found.sort()).toEqual(['message error Broken', 'message ok', 'message ok']);
  const slow = metrics.filter(({ name, value }) => name === 'messaging.process.cpu' && Number(value) > 15);
  expect(slow.map(({ tags }) => tags.work_name)).toEqual(['message']);
});
