import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { pieces } from '../../src/forward/pieces.ts';
import { random, startLive, until } from '../helpers.ts';

const folder = mkdtempSync(join(tmpdir(), 'routemeter-forward-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function startUdp() {
  const socket = createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  socket.setRecvBufferSize(4 * 1024 * 1024);
  const got: Buffer[] = [];
  socket.on('message', (message) => got.push(message));
  return { url: `udp://127.0.0.1:${socket.address().port}`, got, close: () => socket.close() };
}

async function startStream(path?: string) {
  let text = Buffer.alloc(0);
  const open = new Set<Socket>();
  const server: Server = createServer((socket) => {
    open.add(socket);
    socket.on('data', (chunk) => {
      text = Buffer.concat([text, chunk]);
    });
    socket.on('error', () => {});
  });
  server.listen(path ?? { port: 0, host: '127.0.0.1' });
  await once(server, 'listening');
  const address = server.address();
  return {
    url: typeof address === 'string' ? `unixstream://${address}` : `tcp://127.0.0.1:${address!.port}`,
    port: typeof address === 'string' ? 0 : address!.port,
    bytes: () => text,
    async close() {
      for (const socket of open) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

const linesOf = (text: string) => text.split('\n').filter((line) => line !== '');

it('cuts between lines, into pieces that are no longer than asked for', () => {
  const next = random(7);
  for (let i = 0; i < 500; i++) {
    const size = 64 + Math.floor(next() * 200);
    const lines = Array.from({ length: Math.floor(next() * 40) }, () => 'x'.repeat(Math.floor(next() * 90)));
    const found = [...pieces(Buffer.from(lines.join('\n')), size)];
    const full = lines.filter((line) => line !== '');
    expect(linesOf(found.map(({ bytes }) => Buffer.from(bytes).toString()).join('\n'))).toEqual(full);
    expect(found.reduce((sum, one) => sum + one.lines, 0)).toBe(full.length);
    for (const { bytes, lines: n } of found) if (n > 1) expect(bytes.length).toBeLessThanOrEqual(size);
  }
});

it('sends every line of a stream on, to several targets, each with books of its own', async () => {
  const udp = await startUdp();
  const tcp = await startStream();
  const unix = await startStream(join(folder, 'agent.sock'));
  const plain = await startStream(join(folder, 'plain.sock'));
  const forward = [udp.url, tcp.url, unix.url, `${plain.url}?framing=newline`, 'udp://127.0.0.1:9'];
  const live = await startLive({ forward });
  const lines = Array.from({ length: 5000 }, (_, i) => `orders.${i}:1|c|#customer:${i % 7},region:eu-west-1`);
  const client = connect(live.live.statsdPort, '127.0.0.1');
  client.end(lines.join('\n'));
  await once(client, 'close');
  await until(async () => (await live.live.stats()).forward.every((one) => one.lines === 5000));
  await until(() =>
    tcp
      .bytes()
      .toString()
      .endsWith(`${lines.at(-1)}\n`),
  );
  expect(linesOf(tcp.bytes().toString())).toEqual(lines);
  await until(() =>
    plain
      .bytes()
      .toString()
      .endsWith(`${lines.at(-1)}\n`),
  );
  expect(linesOf(plain.bytes().toString())).toEqual(lines);
  // As the Datadog Agent reads a Unix stream: each payload behind its length.
  const framed: string[] = [];
  await until(() => unix.bytes().toString().endsWith(lines.at(-1)!));
  for (let at = 0; at < unix.bytes().length; ) {
    const length = unix.bytes().readUInt32LE(at);
    expect(length).toBeLessThanOrEqual(8192);
    framed.push(...linesOf(unix.bytes().toString('utf8', at + 4, at + 4 + length)));
    at += 4 + length;
  }
  expect(framed).toEqual(lines);
  await until(() => udp.got.reduce((sum, one) => sum + linesOf(one.toString()).length, 0) === 5000);
  expect(udp.got.flatMap((one) => linesOf(one.toString())).sort()).toEqual([...lines].sort());
  expect(Math.max(...udp.got.map(({ length }) => length))).toBeLessThanOrEqual(1432);
  const { forward: books } = await live.live.stats();
  expect(books.map(({ url }) => url)).toEqual([...forward.slice(0, 3), plain.url, forward[4]]);
  for (const one of books) expect(one).toMatchObject({ lines: 5000, failed: 0, dropped: 0 });
  expect(books[0]!.payloads).toBe(udp.got.length);
  await live[Symbol.asyncDispose]();
  udp.close();
  for (const server of [tcp, unix, plain]) await server.close();
});

it('keeps what a connection cannot take now, within bounds, and counts what it must drop', async () => {
  const away = await startStream();
  await away.close();
  const live = await startLive({ forward: away.url });
  const line = `a.long.name.of.a.metric:1|c|#customer:${'x'.repeat(900)}`;
  const payload = Array(60).fill(line).join('\n');
  for (let i = 0; i < 200; i++) await live.send(payload);
  const [books] = (await live.live.stats()).forward;
  expect(books!.lines).toBe(0);
  expect(books!.dropped).toBeGreaterThan(0);
  expect(books!.dropped).toBeLessThan(200 * 60);
  const server = createServer();
  let got = 0;
  server.on('connection', (socket) =>
    socket.on('data', (chunk) => (got += linesOf(chunk.toString('latin1')).length)),
  );
  server.listen(away.port, '127.0.0.1');
  await until(async () => {
    const [now] = (await live.live.stats()).forward;
    return now!.lines + now!.dropped + now!.failed === 200 * 60;
  });
  expect(got).toBeGreaterThan(0);
  await live[Symbol.asyncDispose]();
  server.close();
});

it('drops a line that is no datagram, and says so', async () => {
  const udp = await startUdp();
  await using live = await startLive({ forward: udp.url });
  const client = connect(live.live.statsdPort, '127.0.0.1');
  client.end(`short:1|c\nlong:${'1:'.repeat(32_760)}1|ms\nafter:1|c`);
  await once(client, 'close');
  await until(async () => (await live.live.stats()).forward[0]!.lines === 2);
  expect((await live.live.stats()).forward[0]).toMatchObject({ lines: 2, dropped: 1, failed: 0 });
  udp.close();
});
