import { execFile, spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'vitest';
import { scenario, size } from '../../../testkit/src/reliability/scenario.ts';
import { startLive, until } from '../helpers.ts';
import { exchange, opened, statusOf, tally, told } from './clients.ts';

const script = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const LINES_PER_PACKET = 25;

scenario('live-flood', [60, 240], async () => {
  await using live = await startLive();
  const { url, statsdPort } = live.live;
  for (let i = 0; i < 2000; i += 50) {
    await live.send(Array.from({ length: 50 }, (_, at) => `m:${at}|d|#i:${i + at}`).join('\n'));
  }
  const packets = size(3000, 20_000);
  const before = process.memoryUsage().rss;
  const send = async () => {
    const { lines, kernelDrops } = await live.live.stats();
    await promisify(execFile)(process.execPath, [
      script('sender.mjs'),
      String(statsdPort),
      String(packets),
      '2',
    ]);
    await live.live.drain();
    const after = await live.live.stats();
    return { counted: after.lines - lines, dropped: (after.kernelDrops ?? 0) - (kernelDrops ?? 0) };
  };
  const quiet = await send();
  const connections = size(50, 100);
  const flood = spawn(process.execPath, [script('flood.mjs'), url, String(connections)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const printed = text(flood.stdout);
  // The flood is there before the packets are.
  await until(async () => (await live.get('/livez')).status === 200);
  const flooded = await send();
  const began = performance.now();
  flood.kill();
  const statuses = JSON.parse(await printed) as Record<string, number>;
  expect((await live.get('/api/routes')).status).toBe(200);
  const recoveredMs = performance.now() - began;
  const sent = packets * LINES_PER_PACKET;
  for (const { counted, dropped } of [quiet, flooded])
    expect(counted + dropped * LINES_PER_PACKET).toBe(sent);
  // On a machine of two cores the flood itself takes half of them.
  expect(flooded.counted).toBeGreaterThan(0.5 * quiet.counted);
  expect(Object.keys(statuses).filter((status) => !['200', '404', '503'].includes(status))).toEqual([]);
  expect(statuses['200']).toBeGreaterThan(0);
  return {
    tried: `${connections} connections asking without a pause, ${2 * packets} datagrams of ${LINES_PER_PACKET} lines`,
    saw: `answers: ${told(statuses)}`,
    lost: `${sent - flooded.counted} of ${sent} lines, without the flood ${sent - quiet.counted}, as kernelDrops`,
    memory: { before, after: process.memoryUsage().rss },
    recoveredMs,
  };
});

const STREAM = 'GET /api/stream HTTP/1.1\r\nHost: localhost\r\n\r\n';

scenario('live-streams', [60, 120], async () => {
  await using live = await startLive();
  const { port } = live.live;
  await live.send('http.server.request:1|d|#http_route:/a,http_method:GET');
  const before = process.memoryUsage().rss;
  const statuses: number[] = [];
  const sockets = await Promise.all(
    Array.from({ length: 1000 }, async () => {
      const socket = await opened(port);
      let status: number | undefined;
      const first = new Promise<void>((resolve) => {
        socket.once('close', resolve);
        socket.on('data', (chunk: Buffer) => {
          status ??= statusOf(chunk.toString('latin1'));
          resolve();
        });
      });
      socket.write(STREAM);
      await first;
      statuses.push(status ?? 0);
      return socket;
    }),
  );
  const seen = tally(statuses);
  expect(seen[200]).toBe(64);
  // Beyond its connections the server closes new ones; those told 503 are closed when they stay idle.
  expect(Object.keys(seen).sort()).toEqual(['0', '200', '503']);
  expect((await live.live.stats()).streams).toBe(64);
  for (let i = 0; i < 100; i++) await live.send('m:1|c');
  const after = process.memoryUsage().rss;
  const began = performance.now();
  for (const socket of sockets) socket.destroy();
  await until(
    async () =>
      statusOf(
        await exchange(
          port,
          'GET /api/stream?window=0 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n',
        ),
      ) === 400,
  );
  await until(async () => (await live.live.stats()).streams === 0);
  expect((await live.live.stats()).lines).toBe(101);
  return {
    tried: '1000 connections asking for the event stream at once',
    saw: `64 streams, ${seen[503]} told 503, ${seen[0]} not accepted`,
    lost: 'nothing of 100 lines sent meanwhile',
    memory: { before, after },
    recoveredMs: performance.now() - began,
  };
});

scenario('live-unread-streams', [60, 300], async () => {
  await using live = await startLive();
  // An update of some megabytes for each, and each with a question of its own: nothing is shared.
  const routes = size(300, 600);
  for (let i = 0; i < routes; i += 15) {
    await live.send(
      Array.from(
        { length: 15 },
        (_, at) => `http.server.request:1|d|#http_route:/${'x'.repeat(4000)}${i + at},http_method:GET`,
      ).join('\n'),
    );
  }
  const before = process.memoryUsage().rss;
  const clients = size(8, 12);
  const sockets = await Promise.all(Array.from({ length: clients }, () => opened(live.live.port)));
  for (const [i, socket] of sockets.entries()) {
    socket.pause();
    socket.write(`GET /api/stream?window=${60 + i} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
  }
  await until(async () => (await live.live.stats()).streams === clients);
  const began = performance.now();
  let highest = before;
  await until(async () => {
    highest = Math.max(highest, process.memoryUsage().rss);
    return (await live.live.stats()).streams === 0;
  });
  const took = performance.now() - began;
  for (const socket of sockets) socket.destroy();
  // Five megabytes may wait for each, beside what one update takes.
  expect(highest - before).toBeLessThan(clients * 8e6 + 200e6);
  expect((await live.get('/livez')).status).toBe(200);
  return {
    tried: `${clients} clients of the event stream that never read, ${(routes * 4.5) / 1000} MB an update`,
    saw: `all dropped within ${(took / 1000).toFixed(0)} s`,
    lost: 'nothing',
    memory: { before, after: highest },
  };
});
