import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Framing } from '../../src/ingest/framing.ts';
import { hexAddress } from '../../src/ingest/kernel.ts';
import { MAX_PAYLOAD, PayloadRing } from '../../src/ingest/ring.ts';
import { startLive, until } from '../helpers.ts';

const folder = mkdtempSync(join(tmpdir(), 'live-'));
afterAll(() => rmSync(folder, { recursive: true }));

let hasV6 = false;
beforeAll(async () => {
  const socket = createSocket('udp6');
  hasV6 = await new Promise((resolve) => {
    socket.once('error', () => resolve(false));
    socket.bind(0, '::1', () => resolve(true));
  });
  socket.close();
});

async function countOf(live: Awaited<ReturnType<typeof startLive>>, name: string): Promise<number> {
  const { body } = await live.get(`/api/query?name=${name}&stat=count&window=60`);
  return (body.series[0]?.points ?? []).reduce((sum: number, n: number) => sum + n, 0);
}

function framed(text: string): Buffer {
  const payload = Buffer.from(text);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(payload.length);
  return Buffer.concat([length, payload]);
}

describe('UDP', () => {
  it('counts every line that was sent, and says what buffer it got and what the kernel dropped', async () => {
    await using live = await startLive();
    const packet = Array.from({ length: 25 }, (_, i) => `m:${i}|d|#i:${i % 5}`).join('\n');
    for (let i = 0; i < 40; i++) await live.send(...Array<string>(25).fill(packet));
    expect(await countOf(live, 'm')).toBe(25_000);
    const { body } = await live.get('/api/stats');
    expect(body).toMatchObject({ packets: 1000, lines: 25_000, samples: 25_000, rejected: 0 });
    expect(body.receiveBuffer).toBeGreaterThan(0);
    if (process.platform === 'linux') expect(body.kernelDrops).toBe(0);
  });

  it('listens on both loopbacks where there are two', async () => {
    await using live = await startLive();
    if (hasV6) {
      const socket = createSocket('udp6');
      socket.send('six:1|c', live.live.statsdPort, '::1');
      await until(async () => (await countOf(live, 'six')) === 1);
      socket.close();
    }
    await live.send('four:1|c');
    expect(await countOf(live, 'four')).toBe(1);
  });

  it('takes a datagram as long as there can be', async () => {
    await using live = await startLive();
    const values = Array.from({ length: 13_000 }, (_, i) => i % 1000).join(':');
    await live.send(`long:${values}|d`, `tagged:1|c|#${'x'.repeat(65_000)}:y`);
    expect(await countOf(live, 'long')).toBe(13_000);
    expect(await countOf(live, 'tagged')).toBe(1);
    const { metrics } = (await live.get('/api/metrics')).body;
    expect(metrics.map((one: { name: string }) => one.name).sort()).toEqual(['long', 'tagged']);
  });

  it('knows an address as /proc/net prints it', () => {
    expect(hexAddress('127.0.0.1', 8125)).toBe('0100007F:1FBD');
    expect(hexAddress('::1', 8125)).toBe('00000000000000000000000001000000:1FBD');
    expect(hexAddress('::', 1)).toBe(`${'0'.repeat(32)}:0001`);
  });

  it('sends every payload on unchanged, and does not care whether anybody takes it', async () => {
    const target = createSocket('udp4');
    target.bind(0, '127.0.0.1');
    await once(target, 'listening');
    const got: string[] = [];
    target.on('message', (message) => got.push(message.toString('latin1')));
    const { port } = target.address();
    await using live = await startLive({ forward: `udp://localhost:${port}` });
    const payloads = ['a:1|c\nbad\r\n', '\u0000\u0001\n\n', 'b:1:2|d|#x:y'];
    await live.send(...payloads);
    await until(() => got.length === payloads.length);
    expect(got).toEqual(payloads);
    target.close();
    await live.send('after:1|c', 'after:1|c');
    expect(await countOf(live, 'after')).toBe(2);
  });
});

describe('TCP and Unix sockets', () => {
  const path = join(folder, 'statsd.sock');

  it('read lines, in whatever pieces they come, and the last one without a newline', async () => {
    await using live = await startLive({ unix: path });
    const { statsdPort: port } = live.live;
    const targets = [
      { name: 'tcp', port, host: '127.0.0.1' },
      ...(hasV6 ? [{ name: 'tcp6', port, host: '::1' }] : []),
      { name: 'unix', path },
    ];
    for (const { name, ...target } of targets) {
      const socket = connect(target as { path: string });
      await once(socket, 'connect');
      for (const piece of [`${name}:1|`, `c\n${name}:`, `2|c\n\n${name}:3|c`]) {
        socket.write(piece);
        // Pieces that are in the server's hands are not joined with the next.
        await until(() => socket.writableLength === 0);
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      socket.end();
      await until(async () => (await countOf(live, name)) === 6);
    }
  });

  it('refuse a line of a megabyte and go on behind it, with or without framing', async () => {
    await using live = await startLive();
    const long = `long:1|c|#${'x'.repeat(1024 * 1024)}`;
    for (const text of [`${long}\nafter:1|c\n`, framed(`${long.slice(0, 1_000_000)}\nafter:1|c`)]) {
      const socket = connect(live.live.statsdPort, '127.0.0.1');
      await once(socket, 'connect');
      socket.end(text);
      await once(socket, 'close');
    }
    await until(async () => (await countOf(live, 'after')) === 2);
    expect(await live.live.stats()).toMatchObject({ rejected: 2, lines: 4, series: 1 });
    const { body } = await live.get('/api/raw?limit=10');
    expect(body.lines.filter((line: { error?: string }) => line.error?.includes('longer'))).toHaveLength(2);
    for (const line of body.lines) expect(line.text.length).toBeLessThan(1100);
  });

  it('read payloads framed with their length, as the Agent does', async () => {
    await using live = await startLive({ unix: path });
    const socket = connect(path);
    const bytes = Buffer.concat([framed('f:1|c\nf:2|c'), framed('f:3|c\n'), framed('')]);
    for (let i = 0; i < bytes.length; i += 3) socket.write(bytes.subarray(i, i + 3));
    await until(async () => (await countOf(live, 'f')) === 6);
    socket.destroy();
  });

  it('take the place of a socket file that nobody answers at, and of no other', async () => {
    const other = createServer();
    const taken = join(folder, 'taken.sock');
    other.listen(taken);
    await once(other, 'listening');
    await expect(startLive({ unix: taken })).rejects.toMatchObject({ code: 'PORT_IN_USE' });
    other.close();
    await using live = await startLive({ unix: taken });
    expect(live.live.udp).toMatch(/^udp:/);
  });
});

describe('framing', () => {
  function push(...chunks: Buffer[]) {
    const payloads: string[] = [];
    let long = 0;
    const framing = new Framing({
      payload: (bytes) => payloads.push(Buffer.from(bytes).toString()),
      tooLong: () => long++,
    });
    const answers = chunks.map((chunk) => framing.push(chunk));
    framing.end();
    return { payloads, long, answers };
  }

  it('bounds a line without an end, and goes on at the next', () => {
    const { payloads, long } = push(
      ...Array<Buffer>(40).fill(Buffer.alloc(10_000, 97)),
      Buffer.from('\nm:1|c\n'),
    );
    expect(long).toBe(1);
    expect(payloads).toEqual(['m:1|c']);
  });

  it('ends a connection that claims an absurd length', () => {
    expect(push(framed('m:1|c'), Buffer.from([0, 0, 0, 127])).answers).toEqual([true, false]);
  });

  it('holds no more of a frame than the line that is still coming, whatever length it announces', () => {
    const frame = framed(Array.from({ length: 50_000 }, (_, i) => `m:${i}|c`).join('\n'));
    const whole = push(...Array.from({ length: 100 }, (_, i) => frame.subarray(i * 5000, (i + 1) * 5000)));
    expect(whole.payloads.join('\n').split('\n')).toHaveLength(50_000);
    const cut = push(frame.subarray(0, 30_000));
    expect(cut.payloads.join('\n').length).toBeGreaterThan(29_900);
    const endless = push(framed('x'.repeat(200_000)), framed('after:1|c'));
    expect(endless).toMatchObject({ payloads: ['x'.repeat(200_000), 'after:1|c'], long: 0 });
    const pieces = framed('x'.repeat(200_000));
    expect(
      push(...[0, 1, 2].map((i) => pieces.subarray(i * 80_000, (i + 1) * 80_000)), framed('b:1|c')),
    ).toMatchObject({ payloads: ['b:1|c'], long: 1 });
    // Byte by byte, the length too.
    const bytes = Buffer.concat([framed('a:1|c\na:2|c'), framed(''), framed('a:3|c')]);
    expect(push(...[...bytes].map((byte) => Buffer.from([byte]))).payloads).toEqual([
      'a:1|c',
      'a:2|c',
      'a:3|c',
    ]);
  });

  it('keeps a line shorter than the length field', () => {
    expect(push(Buffer.from('a:1')).payloads).toEqual(['a:1']);
  });
});

describe('the ring of payloads', () => {
  it('shows only whole payloads, newest first, however often it went around', () => {
    const ring = new PayloadRing(1000, 16);
    for (let i = 0; i < 500; i++) {
      ring.keep(Buffer.from(`payload ${i} ${'x'.repeat((i * 37) % 200)}`), i);
      const texts = [...ring.newest()].map(({ start, end }) =>
        Buffer.from(ring.bytes.subarray(start, end)).toString(),
      );
      expect(texts.length).toBeLessThanOrEqual(16);
      for (const [back, text] of texts.entries()) {
        expect(text).toBe(`payload ${i - back} ${'x'.repeat(((i - back) * 37) % 200)}`);
      }
    }
  });

  it('takes the largest payload', () => {
    const ring = new PayloadRing();
    for (let i = 0; i < 100; i++) ring.keep(Buffer.alloc(MAX_PAYLOAD, i), i);
    expect([...ring.newest()][0]).toMatchObject({ at: 99 });
  });
});
