import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import * as socketio from 'socket.io';
import { type Socket as Client, io } from 'socket.io-client';
import { expect, test, vi } from 'vitest';
import { units } from '../../../src/work/follow-units.ts';
import { unitInstallation } from '../../../src/work/installation.ts';
import { IN_MIDDLEWARES } from '../../../src/work/sources/socket-io.ts';
import { openStage } from '../../calls/stage.ts';
import { Broken } from '../contract.ts';
import { burn, handledContract } from '../handled.ts';

async function listen(setUp: (server: socketio.Server) => void) {
  const http = createServer();
  const server = new socketio.Server(http);
  setUp(server);
  await new Promise<void>((listening) => http.listen(0, '127.0.0.1', () => listening()));
  const base = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
  const clients: Client[] = [];
  return {
    async connect(namespace = '', transports = ['websocket']) {
      const client = io(base + namespace, { transports, forceNew: true, reconnection: false });
      clients.push(client);
      await new Promise<void>((connected, failed) => {
        client.once('connect', () => connected());
        client.once('connect_error', failed);
      });
      return client;
    },
    async close() {
      for (const client of clients) client.disconnect();
      await server.close();
    },
  };
}

for (const transport of ['websocket', 'polling'])
  handledContract({
    title: `socket.io 4 by ${transport}`,
    modules: [socketio],
    metric: 'messaging.process',
    tags: { work_kind: 'socket', messaging_system: 'socket.io' },
    shown: (name) => `/jobs/${name}`,
    failed: { outcome: 'error', error: 'Broken' },
    async open(names, handle) {
      const { connect, close } = await listen((server) => {
        server.of('/jobs').on('connection', (socket) => {
          for (const name of names)
            socket.on(name, async (act: string, answer: (text: string) => void) => {
              const done = handle(name, act);
              // The client is answered by an error that the unit ends with as well.
              done.then(answer, (error: Error) => answer(`${error.name}: ${error.message}`));
              await done;
            });
        });
      });
      // Rejections of handlers reach the process, as they do without us.
      const ignore = () => {};
      const others = process.listeners('unhandledRejection');
      process.removeAllListeners('unhandledRejection').on('unhandledRejection', ignore);
      const client = await connect('/jobs', [transport]);
      return {
        call: (name, act) => client.emitWithAck(name, act),
        async close() {
          await close();
          await new Promise((resolve) => setImmediate(resolve));
          process.removeListener('unhandledRejection', ignore);
          for (const other of others) process.on('unhandledRejection', other);
        },
      };
    },
  });

async function drive(following: boolean) {
  const stage = await openStage({});
  if (following) units(stage.meter, socketio);
  const seen: string[] = [];
  const reported: unknown[] = [];
  const others = process.listeners('unhandledRejection');
  process.removeAllListeners('unhandledRejection').on('unhandledRejection', (error) => reported.push(error));
  const first = function (this: unknown, value: string) {
    seen.push(`first ${value} ${this instanceof socketio.Socket}`);
  };
  const removed = () => seen.push('removed');
  const { connect, close } = await listen((server) => {
    server.of('/').on('connection', (socket) => {
      socket.use(([event, value], next) => {
        if (value === 'slow') burn(20);
        setTimeout(() => next(value === 'refused' ? new Broken('refused') : undefined), 1);
        seen.push(`used ${event}`);
      });
      socket.on('error', (error: Error) => seen.push(`error ${error.message}`));
      socket.on('many', first);
      socket.on('many', removed);
      socket.once('many', async (value: string) => {
        seen.push(`once ${value}`);
        throw new Broken(value);
      });
      socket.prependListener('many', () => seen.push('before'));
      socket.on('many', (_: string, answer?: () => void) => answer?.());
      socket.off('many', removed);
      seen.push(`${socket.listenerCount('many')} ${socket.listeners('many')[1] === first}`);
      socket.onAny((event) => seen.push(`any ${event}`));
      socket.on('order 4711', (_: string, answer: () => void) => answer());
    });
    server.of(/^\/tenant-\w+$/).on('connection', (socket) => {
      socket.on('ask', (answer: () => void) => answer());
    });
  });
  try {
    const client = await connect();
    await client.emitWithAck('many', 'a');
    await client.emitWithAck('many', 'slow');
    client.emit('many', 'refused');
    client.emit('nosuch', 'x');
    client.emit('invented-by-a-client', 'x');
    await client.emitWithAck('order 4711', 'x');
    for (const tenant of ['/tenant-blue', '/tenant-green']) await (await connect(tenant)).emitWithAck('ask');
    const metrics = await stage.metrics();
    return { seen, reported, metrics };
  } finally {
    await close();
    await stage.stop();
    unitInstallation().remove();
    process.removeAllListeners('unhandledRejection');
    for (const other of others) process.on('unhandledRejection', other);
  }
}

test('socket.io: listeners, their order, middlewares and rejections are as without us; what clients invent is no name', async () => {
  const without = await drive(false);
  const { seen, reported, metrics } = await drive(true);
  expect(seen).toEqual(without.seen);
  expect(seen[0]).toBe('4 true');
  expect(seen).toContain('error refused');
  expect(without.metrics.filter(({ name }) => name === 'messaging.process')).toEqual([]);
  expect(reported).toEqual(without.reported);
  expect(reported).toEqual([expect.any(Broken)]);
  const found = metrics
    .filter(({ name }) => name === 'messaging.process')
    .map(({ tags }) => [tags.work_name, tags.outcome, tags.error_type].filter(Boolean).join(' '));
  expect(found.sort()).toEqual([
    '(dynamic)/ask ok',
    '(dynamic)/ask ok',
    'many error Broken',
    'many error Broken',
    'many ok',
    'order :id ok',
  ]);
  const slow = metrics.filter(({ name, value }) => name === 'messaging.process.cpu' && Number(value) > 15);
  expect(slow.map(({ tags }) => tags.work_name)).toEqual(['many']);
});

test('socket.io: an event that its middlewares keep ends with its socket, at most so many of one socket are kept', async () => {
  const stage = await openStage({});
  units(stage.meter, socketio);
  const held: Array<() => void> = [];
  const heard: string[] = [];
  const { connect, close } = await listen((server) => {
    server.on('connection', (socket) => {
      socket.use(([event], next) => {
        if (event === 'kept') held.push(next);
        // The library calls the listeners one tick later, when the socket is closed.
        else next(void socket.disconnect());
      });
      for (const event of ['kept', 'left']) socket.on(event, () => heard.push(event));
    });
  });
  const outcomes = async () => {
    const found: Record<string, number> = {};
    for (const { name, tags } of await stage.metrics()) {
      if (name !== 'messaging.process') continue;
      const key = `${tags.work_name} ${tags.outcome} ${tags.error_type ?? ''}`.trim();
      found[key] = (found[key] ?? 0) + 1;
    }
    return found;
  };
  try {
    const client = await connect();
    for (let at = 0; at < IN_MIDDLEWARES + 3; at++) client.emit('kept');
    await vi.waitFor(() => expect(held).toHaveLength(IN_MIDDLEWARES + 3), { timeout: 60_000 });
    expect(await outcomes()).toEqual({ 'kept stalled': 3 });
    client.emit('left');
    const expected = { 'kept stalled': IN_MIDDLEWARES + 3, 'left stalled': 1 };
    await vi.waitFor(async () => expect(await outcomes()).toEqual(expected), { timeout: 60_000 });
    for (const next of held) next();
    await new Promise((resolve) => setImmediate(resolve));
    expect(await outcomes()).toEqual(expected);
    expect(heard).toEqual([]);
  } finally {
    await close();
    await stage.stop();
    unitInstallation().remove();
  }
});
