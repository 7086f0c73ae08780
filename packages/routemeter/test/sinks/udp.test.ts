import { createSocket, type Socket } from 'node:dgram';
import dns from 'node:dns';
import { once } from 'node:events';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createMeter, type Meter } from '../../src/index.ts';
import { Resolver } from '../../src/outputs/sinks/address.ts';
import { until } from './counting-server.ts';

const meters: Meter[] = [];
const sockets: Socket[] = [];

afterEach(async () => {
  vi.restoreAllMocks();
  for (const meter of meters.splice(0)) await meter.close();
  for (const socket of sockets.splice(0)) socket.close();
});

async function listen(
  type: 'udp4' | 'udp6',
  address: string,
): Promise<{ port: number; lines: string[]; largest: () => number }> {
  const socket = createSocket(type);
  sockets.push(socket);
  const lines: string[] = [];
  let largest = 0;
  socket.on('message', (message) => {
    largest = Math.max(largest, message.length);
    lines.push(...String(message).split('\n'));
  });
  socket.bind(0, address);
  await once(socket, 'listening');
  return { port: socket.address().port, lines, largest: () => largest };
}

describe('UDP', () => {
  it('speaks IPv6', async () => {
    const server = await listen('udp6', '::1');
    const meter = createMeter({ url: `udp://[::1]:${server.port}` });
    meters.push(meter);
    meter.count('c');
    await meter.flush();
    await until(() => server.lines.length === 1);
    expect(server.lines).toEqual(['c:1|c']);
  });

  it('looks a name up once for all that wait, and sends everything when the answer comes', async () => {
    const server = await listen('udp4', '127.0.0.1');
    const lookup = vi.spyOn(dns, 'lookup');
    const meter = createMeter({ url: `udp://localhost:${server.port}`, maxPayload: 64 });
    meters.push(meter);
    for (let i = 0; i < 100; i++) meter.count('a.counter.of.some.length', 1, { timestamp: i });
    await meter.flush();
    await until(() => meter.stats().handed === 100);
    // `localhost` may be ::1 here, where nobody listens: then at least nothing was lost on the way out.
    expect(meter.stats().handed).toBe(100);
    expect(lookup.mock.calls.length).toBeLessThanOrEqual(1);
  });

  it('keeps the last good address while a later look-up fails, and shares one look-up', async () => {
    const resolver = new Resolver('localhost');
    const [one, two] = await Promise.all([resolver.resolve(0), resolver.resolve(0)]);
    expect(one).not.toBeNull();
    expect(two).toBe(one);
    expect(resolver.due(59_999)).toBe(false);
    expect(resolver.due(60_000)).toBe(true);
    const again = await resolver.resolve(60_000);
    expect(again).toBe(one);
    // Where nobody listens any more, the name is asked again a second later, and not for each refusal.
    resolver.doubt(70_000);
    resolver.doubt(70_500);
    expect(resolver.due(70_999)).toBe(false);
    expect(resolver.due(71_000)).toBe(true);
  });

  it('counts as unconfirmed what was handed over to nobody, also where nothing is sent after it', async () => {
    const gone = createSocket('udp4');
    gone.bind(0, '127.0.0.1');
    await once(gone, 'listening');
    const { port } = gone.address();
    gone.close();
    const meter = createMeter({ url: `udp://127.0.0.1:${port}`, flushMs: 60_000 });
    meters.push(meter);
    for (let i = 0; i < 3; i++) meter.timing('t', i);
    await meter.flush();
    await until(() => meter.stats().unconfirmed > 0);
    expect(meter.stats()).toMatchObject({ handed: 3, unconfirmed: 3 });
  });

  it('drops and counts a line too long for any payload, and sends none above maxPayload', async () => {
    const server = await listen('udp4', '127.0.0.1');
    const meter = createMeter({ url: `udp://127.0.0.1:${server.port}`, maxPayload: 128 });
    meters.push(meter);
    meter.count('c', 1, { tags: { long: 'x'.repeat(150) } });
    for (let i = 0; i < 100; i++) meter.timing('fits', i);
    await meter.flush();
    await until(() => server.lines.length >= 3);
    expect(meter.stats().dropped).toEqual({ too_long: 1 });
    expect(server.largest()).toBeLessThanOrEqual(128);
  });
});
