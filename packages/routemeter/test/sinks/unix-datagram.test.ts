import { mkdtempSync, unlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { captureWarnings } from '../../src/errors/index.ts';
import { createMeter, type Meter } from '../../src/index.ts';
import { findAddon } from '../../src/outputs/index.ts';
import { until } from './counting-server.ts';

interface Listener {
  bind(path: string): void;
  close(): void;
  on(event: 'message', listener: (message: Buffer) => void): void;
}

const folder = mkdtempSync(join(tmpdir(), 'routemeter-unix-'));
const addon = findAddon();
const meters: Meter[] = [];
const open: Listener[] = [];

function listen(path: string, into: string[]): Listener {
  const { createSocket } = createRequire(import.meta.url)('unix-dgram') as {
    createSocket(type: string): Listener;
  };
  const socket = createSocket('unix_dgram');
  socket.on('message', (message) => into.push(String(message)));
  socket.bind(path);
  open.push(socket);
  return socket;
}

afterEach(async () => {
  for (const meter of meters.splice(0)) await meter.close();
  for (const socket of open.splice(0)) socket.close();
});

describe.skipIf(typeof addon === 'string')('Unix datagrams', () => {
  it('arrive, and wait for a server that comes later', async () => {
    const path = join(folder, 'late');
    const meter = createMeter({ url: `unix://${path}`, flushMs: 5 });
    meters.push(meter);
    for (let i = 0; i < 1000; i++) meter.timing('t', i);
    await until(() => meter.stats().waiting > 0);
    expect(meter.stats().handed).toBe(0);
    const read: string[] = [];
    listen(path, read);
    const values = () =>
      read
        .flatMap((payload) => payload.split('\n'))
        .flatMap((line) => line.split('|')[0]!.split(':').slice(1));
    // What the kernel took is handed over; the receiver reads it in a later turn of this loop.
    await until(() => meter.stats().handed === 1000 && values().length >= 1000);
    expect(values().map(Number)).toEqual(Array.from({ length: 1000 }, (_, i) => i));
    expect(Math.max(...read.map((payload) => payload.length))).toBeLessThanOrEqual(8192);
  });

  it('are held while the server is full, and none is sent twice', async () => {
    const path = join(folder, 'full');
    const read: string[] = [];
    listen(path, read);
    const meter = createMeter({ url: `unix://${path}`, maxPayload: 200, flushMs: 5 });
    meters.push(meter);
    // A receiver in the same thread reads nothing meanwhile: the kernel holds ten datagrams or so.
    for (let i = 0; i < 10_000; i++) meter.count('c', 1, { tags: [`n:${i % 1000}`], timestamp: i });
    await until(() => meter.stats().waiting === 0);
    await meter.flush();
    const books = meter.stats();
    const linesRead = () => read.flatMap((payload) => payload.split('\n'));
    await until(() => linesRead().length >= books.handed);
    const lines = linesRead();
    expect(books.handed + (books.dropped.queue_full ?? 0)).toBe(10_000);
    expect(lines).toHaveLength(books.handed);
    expect(new Set(lines).size).toBe(lines.length);
  });

  it('are handed over at the end of the process, without the event loop', async () => {
    const path = join(folder, 'exit');
    const read: string[] = [];
    listen(path, read);
    const meter = createMeter({ url: `unix://${path}` });
    meters.push(meter);
    for (let i = 0; i < 100; i++) meter.timing('t', i);
    meter.core.leave();
    expect(meter.stats()).toMatchObject({ handed: 100, waiting: 0, dropped: {} });
    await until(() => read.length === 1);
    expect(read[0]!.split(':')).toHaveLength(101);
  });

  it('resume after the server was started again', async () => {
    const path = join(folder, 'again');
    const read: string[] = [];
    const first = listen(path, read);
    const meter = createMeter({ url: `unix://${path}`, flushMs: 5 });
    meters.push(meter);
    meter.count('before');
    await until(() => read.length === 1);
    open.splice(open.indexOf(first), 1);
    first.close();
    unlinkSync(path);
    meter.count('between');
    await until(() => meter.stats().waiting > 0);
    listen(path, read);
    await until(() => read.length === 2);
    expect(read).toEqual(['before:1|c', 'between:1|c']);
  });
});

describe('without the addon', () => {
  it('says what is missing', () => {
    expect(findAddon('no-such-addon')).toBe('the package "no-such-addon" is not installed');
  });

  it('goes by UDP to the agent, said aloud once', async () => {
    const { sinkFor } = await import('../../src/meter/choices.ts');
    const said: string[] = [];
    const restore = captureWarnings((line) => said.push(line));
    const config = { maxPayload: null, framed: true, agent: { host: '127.0.0.9', port: 8126 } };
    const sinks = [1, 2].map(() =>
      sinkFor({ kind: 'unix', path: '/run/agent.socket' }, config, () => 'not built'),
    );
    restore();
    expect(sinks.map((sink) => sink.url)).toEqual(['udp://127.0.0.9:8126', 'udp://127.0.0.9:8126']);
    expect(said).toHaveLength(1);
    expect(said[0]).toMatch(/not built.*udp:\/\/127\.0\.0\.9:8126.*RM_ADDON_MISSING/);
  });
});
