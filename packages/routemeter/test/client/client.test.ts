import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { StatsD } from 'hot-shots';
import { afterEach, describe, expect, it } from 'vitest';
import { createMeter, RoutemeterError, wrapClient } from '../../src/index.ts';
import { until } from '../sinks/counting-server.ts';

type Mock = StatsD & { mockBuffer: string[] };

const open: StatsD[] = [];
afterEach(() => {
  for (const client of open.splice(0)) client.close(() => {});
});

function mock(options: ConstructorParameters<typeof StatsD>[0] = {}): Mock {
  const client = new StatsD({ mock: true, ...options }) as Mock;
  open.push(client);
  return client;
}

describe('wrapClient', () => {
  const tags = { app: 'myapp', stage: 'testing' };

  it('adds its tags to every kind of call, whatever the arguments', async () => {
    const client = mock();
    const wrapped = wrapClient(client, { tags });
    const answered: unknown[] = [];
    const note = (error?: unknown) => void answered.push(error ?? null);
    wrapped.increment('a');
    wrapped.increment('b', 2);
    wrapped.increment('c', ['k:v']);
    wrapped.increment('d', 2, 1, { k: 'v' });
    wrapped.increment('e', note as never);
    wrapped.decrement('f', 3, ['k:v'], note);
    wrapped.timing('g', 12.5, note);
    wrapped.timing('h', 12.5, 1, ['k:v'], note);
    wrapped.gauge('i', 7, { tags: ['k:v'], timestamp: 1_700_000_000 } as never);
    wrapped.histogram(['j', 'k'], 1);
    wrapped.distribution('l', 1, ['app:other']);
    wrapped.set('m', 'x');
    wrapped.unique('n', 'y', ['k:v']);
    expect(await wrapped.asyncTimer(async () => 'result', 'o')()).toBe('result');
    expect(wrapped.timer(() => 5, 'p', 1, ['k:v'])()).toBe(5);
    await until(() => client.mockBuffer.length === 16);
    const lines = client.mockBuffer.map((line) => line.replace(/^(o|p):[\d.]+/, '$1:N'));
    const ours = '#app:myapp,stage:testing';
    expect(lines.sort()).toEqual([
      `a:1|c|${ours}`,
      `b:2|c|${ours}`,
      `c:1|c|${ours},k:v`,
      `d:2|c|${ours},k:v`,
      `e:1|c|${ours}`,
      `f:-3|c|${ours},k:v`,
      `g:12.5|ms|${ours}`,
      `h:12.5|ms|${ours},k:v`,
      `i:7|g|T1700000000|${ours},k:v`,
      `j:1|h|${ours}`,
      `k:1|h|${ours}`,
      'l:1|d|#stage:testing,app:other',
      `m:x|s|${ours}`,
      `n:y|s|${ours},k:v`,
      `o:N|ms|${ours}`,
      `p:N|ms|${ours},k:v`,
    ]);
    expect(answered).toEqual([null, null, null, null]);
  });

  it('adds them to events and checks', () => {
    const client = mock();
    const wrapped = wrapClient(client, { tags });
    wrapped.event('title', 'text');
    wrapped.event('title', 'text', { priority: 'low' }, ['k:v']);
    wrapped.check('up', 0);
    wrapped.check('up', 1, { message: 'm' }, ['k:v']);
    expect(client.mockBuffer).toHaveLength(4);
    for (const line of client.mockBuffer) expect(line).toContain('#app:myapp,stage:testing');
    expect(client.mockBuffer[1]).toContain('|p:low');
    expect(client.mockBuffer[3]).toContain('|m:m');
  });

  it('is of the same class, passes everything else through and leaves the client as it was', () => {
    const client = mock({ prefix: 'p.', globalTags: ['g:1'] });
    const wrapped = wrapClient(client, { tags });
    expect(wrapped).toBeInstanceOf(StatsD);
    expect(wrapped.increment).toBe(wrapped.increment);
    expect((wrapped as Mock).mockBuffer).toBe(client.mockBuffer);
    expect(wrapped.CHECKS).toBe(client.CHECKS);
    const child = wrapped.childClient({ prefix: 'child.' }) as Mock;
    child.increment('a');
    expect(child.mockBuffer).toEqual(['child.p.a:1|c|#g:1,app:myapp,stage:testing']);
    wrapped.increment('b');
    client.increment('c');
    expect(client.mockBuffer).toEqual(['p.b:1|c|#g:1,app:myapp,stage:testing', 'p.c:1|c|#g:1']);
  });

  it('lets no tag break a line', () => {
    const client = mock();
    wrapClient(client, { tags: { a: 'x|c\ny:1|c' } }).increment('n');
    expect(client.mockBuffer).toEqual(['n:1|c|#a:x_c_y:1_c']);
  });
});

describe('createMeter({ client })', () => {
  it('sends through the client, with its prefix, suffix and tags', async () => {
    const client = mock({ prefix: 'team.', suffix: '.end', globalTags: ['team:blue', 'app:theirs'] });
    const meter = createMeter({ client, prefix: 'p', tags: { app: 'ours' } });
    meter.increment('hits', 2, { tags: { k: 'v' } });
    meter.timing('t', 1.5);
    meter.timing('t', 2.5);
    await meter.close();
    expect(client.mockBuffer.sort()).toEqual([
      'team.p.hits.end:2|c|#team:blue,app:ours,k:v',
      'team.p.t.end:1.5:2.5|ms|#team:blue,app:ours',
    ]);
    expect(meter.stats()).toMatchObject({ samples: 3, handed: 3, dropped: {} });
    client.increment('still.open');
    expect(client.mockBuffer).toHaveLength(3);
  });

  it('delivers over a real socket, whole payloads where the client adds nothing', async () => {
    const server = createSocket('udp4');
    const datagrams: string[] = [];
    server.on('message', (message) => datagrams.push(String(message)));
    server.bind(0, '127.0.0.1');
    await once(server, 'listening');
    const client = new StatsD({ host: '127.0.0.1', port: server.address().port });
    open.push(client);
    const meter = createMeter({ client });
    for (let i = 0; i < 20; i++) meter.count(`c${i}`);
    await meter.flush();
    await until(() => datagrams.length > 0);
    expect(datagrams).toHaveLength(1);
    expect(datagrams[0]!.split('\n')).toHaveLength(20);
    server.close();
  });

  it('speaks as the client does where it sends to Telegraf', async () => {
    const client = mock({ telegraf: true, globalTags: ['team:blue'] });
    const meter = createMeter({ client });
    meter.timing('t', 1, { tags: { route: '/users/:id' } });
    meter.timing('t', 2, { tags: { route: '/users/:id' } });
    await meter.close();
    expect(client.mockBuffer).toEqual([
      't,route=/users/_id,team=blue:1|ms',
      't,route=/users/_id,team=blue:2|ms',
    ]);
  });

  it('counts what the client refuses', async () => {
    const client = {
      send: (_message: string, _tags: unknown, done: (error: Error) => void) => done(new Error('no')),
    };
    const meter = createMeter({ client });
    meter.count('c');
    await meter.close();
    expect(meter.stats().dropped).toEqual({ send_failed: 1 });
  });

  it('speaks to clients that take the parts of a sample', async () => {
    const calls: unknown[][] = [];
    const client = {
      prefix: 'p.',
      suffix: '',
      send(stat: string, value: string, type: string, rate: unknown, tags: unknown, done: () => void) {
        calls.push([stat, value, type, rate, tags]);
        done();
      },
    };
    const meter = createMeter({ client });
    meter.timing('t', 1, { tags: { k: 'v' } });
    await meter.close();
    expect(calls).toEqual([['t', '1', 'ms', undefined, ['k:v']]]);
    expect(meter.stats().handed).toBe(1);
  });

  it('refuses what is no client', () => {
    expect(() => createMeter({ client: {} as never })).toThrow(RoutemeterError);
  });
});
