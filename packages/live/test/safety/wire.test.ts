import { mkdtempSync, rmSync } from 'node:fs';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect } from 'vitest';
import { scenario, size } from '../../../testkit/src/reliability/scenario.ts';
import { random, startLive, until } from '../helpers.ts';
import { opened } from './clients.ts';

const folder = mkdtempSync(join(tmpdir(), 'live-wire-'));
afterAll(() => rmSync(folder, { recursive: true }));

const LARGEST = 65_507;

scenario('live-datagrams', [60, 120], async () => {
  await using live = await startLive();
  const euro = Buffer.from('€');
  const payloads: (string | Buffer)[] = [
    Buffer.alloc(0),
    Buffer.alloc(LARGEST),
    Buffer.alloc(LARGEST, 0x0a),
    Buffer.alloc(LARGEST, 0xff),
    Buffer.from('|'.repeat(LARGEST)),
    Buffer.from(':'.repeat(LARGEST)),
    Buffer.from('#,'.repeat(LARGEST / 2)),
    `m:${'1:'.repeat(30_000)}1|d`,
    `m:1|c|#${'a:b,'.repeat(16_000)}`,
    `_e{999999999,1}:a|b`,
    '_e{-1,-1}:a|b',
    // A character cut in two by the end of a datagram.
    Buffer.concat([Buffer.from('cut'), euro.subarray(0, 2)]),
    Buffer.concat([euro.subarray(2), Buffer.from(':1|c')]),
    Buffer.concat([Buffer.from('m:1|c|#k:'), euro.subarray(0, 1)]),
    'm:1e999|d',
    `m:${'9'.repeat(400)}|c`,
    'm:1|c|@0.0000000000000000001',
    'm:1|c|T99999999999999999999',
  ];
  const rounds = size(2, 100);
  const before = process.memoryUsage().rss;
  for (let round = 0; round < rounds; round++) {
    for (const payload of payloads) await live.send(payload, 'sure:1|c');
  }
  const next = random(7);
  const noise = size(500, 10_000);
  const bytes = () =>
    Buffer.from(Array.from({ length: Math.floor(next() * 300) }, () => Math.floor(next() * 256)));
  for (let i = 0; i < noise; i += 50) await live.send(...Array.from({ length: 50 }, bytes));
  const { body } = await live.get('/api/query?name=sure&stat=count');
  const sure = rounds * payloads.length;
  expect(body.series[0].points.reduce((sum: number, n: number) => sum + n, 0)).toBe(sure);
  const stats = await live.live.stats();
  expect(stats.packets).toBe(2 * sure + noise);
  expect((await live.get('/api/raw?limit=5000')).status).toBe(200);
  expect((await fetch(`${live.live.url}/metrics`)).status).toBe(200);
  return {
    tried: `${rounds} x ${payloads.length} hostile datagrams of 0 to 64 kB, ${noise} of noise`,
    saw: `all ${sure} good lines between them; ${stats.series} series`,
    lost: `${stats.rejected} of ${stats.lines} lines rejected, each with its reason`,
    memory: { before, after: process.memoryUsage().rss },
  };
});

function lengthOf(bytes: number): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(bytes);
  return length;
}

scenario('live-connections', [60, 180], async () => {
  const unix = join(folder, 'statsd.sock');
  await using live = await startLive({ unix });
  const targets = [live.live.statsdPort, unix] as const;
  const before = process.memoryUsage().rss;
  const held: Socket[] = [];
  let good = 0;
  const arrived = async () => {
    const { body } = await live.get('/api/query?name=good&stat=count&window=3600');
    return (body.series[0]?.points ?? []).reduce((sum: number, n: number) => sum + n, 0) === good;
  };
  /** A client like any other, on a connection of its own. */
  const send = async (target: number | string) => {
    const socket = await opened(target);
    socket.end('good:1|c\n');
    good++;
    await until(arrived);
  };
  const many = size(600, 1500);
  for (const target of targets) {
    // Lengths that lie: more than comes, less than comes, more than may come.
    const lies = size(50, 100);
    for (let i = 0; i < lies; i++) {
      const long = await opened(target);
      long.write(Buffer.concat([lengthOf(1_000_000), Buffer.alloc(50_000, 0x61)]));
      const short = await opened(target);
      short.write(Buffer.concat([lengthOf(3), Buffer.from('good:1|c\ngood:1|c\n')]));
      const absurd = await opened(target);
      absurd.write(Buffer.concat([lengthOf(0x00ff_ffff), Buffer.from('good:1|c')]));
      held.push(long, short, absurd);
    }
    await send(target);
    // Connections that never send, more than there may be, and then one that does.
    const gone = Number((await live.live.stats()).evicted);
    for (let i = 50; i <= many; i += 50) {
      held.push(...(await Promise.all(Array.from({ length: 50 }, () => opened(target)))));
      // A system's own queue of connections is short: it refuses what comes faster than it is taken.
      await until(async () => Number((await live.live.stats()).evicted) - gone >= i - 256);
    }
    await send(target);
  }
  const { evicted } = await live.live.stats();
  // The next one that comes makes the first silent one leave, and no more leave than come.
  expect(evicted).toBeGreaterThanOrEqual(2 * (many - 256));
  expect(evicted).toBeLessThanOrEqual(held.length + good);
  const after = process.memoryUsage().rss;
  // A line of 64 kB for each connection that there may be, and as much for what Node itself holds.
  expect(after - before).toBeLessThan(200e6);
  const began = performance.now();
  for (const socket of held) socket.destroy();
  for (const target of targets) await send(target);
  return {
    tried: `${held.length} connections over TCP and a Unix socket: lengths that lie, lines without an end, silence`,
    saw: `all ${good} lines of other clients; the longest silent closed for new ones: ${evicted}`,
    lost: 'nothing of the other clients',
    memory: { before, after },
    recoveredMs: performance.now() - began,
  };
});
