import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { createMeter, type Meter } from '../../src/index.ts';
import { type CountingServer, type Kind, startCounting, until } from './counting-server.ts';

const KINDS: Kind[] = ['udp', 'tcp', 'unixstream'];
const folder = mkdtempSync(join(tmpdir(), 'routemeter-sinks-'));
const servers: CountingServer[] = [];
const meters: Meter[] = [];

afterEach(async () => {
  for (const meter of meters.splice(0)) await meter.close();
  for (const server of servers.splice(0)) await server.kill();
});

async function start(
  kind: Kind,
  at: number | string,
  into?: Int32Array<SharedArrayBuffer>,
): Promise<CountingServer> {
  const server = await startCounting(kind, at, { framed: kind === 'unixstream', ...(into && { into }) });
  servers.push(server);
  return server;
}

function place(kind: Kind, name: string): number | string {
  return kind === 'unixstream' ? join(folder, name) : 0;
}

function urlOf(kind: Kind, at: number | string, server: CountingServer): string {
  return kind === 'unixstream' ? `unixstream://${at}` : `${kind}://127.0.0.1:${server.port}`;
}

function dropped(meter: Meter): number {
  return Object.values(meter.stats().dropped).reduce((sum, samples) => sum + samples, 0);
}

describe.each(KINDS)('a million samples over %s', (kind) => {
  it('are all in the books, and all at the server', async () => {
    const at = place(kind, 'million');
    const server = await start(kind, at);
    const meter = createMeter({ url: urlOf(kind, at, server) });
    meters.push(meter);
    const total = 1_000_000;
    for (let sent = 0; sent < total; sent += 20_000) {
      for (let i = 0; i < 20_000; i++) meter.timing('t', i % 1000);
      await meter.flush();
      // A datagram has nobody who holds it back: the test does.
      await until(() => server.received() === sent + 20_000);
    }
    const books = meter.stats();
    expect(books.samples).toBe(total);
    expect(books.handed + dropped(meter)).toBe(total);
    expect(books.dropped).toEqual({});
    expect(server.received()).toBe(books.handed);
    expect(server.broken()).toBe(0);
  });
});

describe.each(KINDS)('a server killed and started again five times, over %s', (kind) => {
  it('costs no more than the books say, and sending resumes by itself', async () => {
    const at = place(kind, 'killed');
    const into = new Int32Array(new SharedArrayBuffer(12));
    let server = await start(kind, at, into);
    const meter = createMeter({ url: urlOf(kind, at, server), flushMs: 5 });
    meters.push(meter);
    const again = kind === 'unixstream' ? at : server.port;
    let recorded = 0;
    let waited = 0;
    const load = setInterval(() => {
      for (let i = 0; i < 500; i++) meter.timing('t', i);
      recorded += 500;
      waited = Math.max(waited, meter.stats().waiting);
    }, 2);
    for (let time = 0; time < 5; time++) {
      const before = server.received();
      await until(() => server.received() > before + 5_000);
      await server.kill();
      await sleep(150);
      const dead = Atomics.load(into, 0);
      server = await start(kind, again, into);
      await until(() => server.received() > dead);
      expect(server.received()).toBeGreaterThan(dead);
    }
    await until(() => meter.stats().waiting < 5_000);
    clearInterval(load);
    await meter.close();
    const books = meter.stats();
    await until(() => books.handed - server.received() <= books.unconfirmed);
    expect(books.samples).toBe(recorded);
    expect(books.handed + dropped(meter)).toBe(recorded);
    expect(books.handed - server.received()).toBeLessThanOrEqual(books.unconfirmed);
    expect(server.broken()).toBe(0);
    // 512 payloads of a stream hold fewer than 800 000 of these samples.
    expect(waited).toBeLessThan(1_000_000);
  });
});

describe('a server that is not there', () => {
  it.each(KINDS)('fills no more than the queue over %s, and is said once', async (kind) => {
    const at = kind === 'unixstream' ? join(folder, 'nobody') : 0;
    const gone = await startCounting('tcp', 0);
    await gone.kill();
    const meter = createMeter({ url: urlOf(kind, at, gone), maxPayload: 256, flushMs: 10 });
    meters.push(meter);
    for (let i = 0; i < 200_000; i++) {
      meter.timing('t', i);
      if (i % 1000 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    await meter.flush();
    const books = meter.stats();
    expect(books.samples).toBe(200_000);
    expect(books.handed + books.waiting + dropped(meter)).toBe(200_000);
    expect(books.waiting).toBeLessThan(512 * 130);
    if (kind !== 'udp') expect(books.dropped.queue_full).toBeGreaterThan(0);
  });
});
