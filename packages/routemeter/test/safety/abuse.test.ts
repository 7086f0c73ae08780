import http, { type RequestListener } from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { droppedOf, scenario, size } from '../../../testkit/src/reliability/scenario.ts';
import { captureWarnings } from '../../src/errors/index.ts';
import { httpMeter } from '../../src/frameworks/http.ts';
import { createMeter, type Meter, type MeterOptions } from '../../src/index.ts';
import type { Payload, Settle, Sink } from '../../src/outputs/index.ts';
import { type CaptureMeter, captureMeter, expectMetric } from '../../src/testing/index.ts';

const NAME = 'http.server.request';
const PROTOTYPE_NAMES = [
  '__proto__',
  'constructor',
  'hasOwnProperty',
  'toString',
  'valueOf',
  '__defineGetter__',
];
const warnings: string[] = [];
const servers: http.Server[] = [];
let restore = () => {};
beforeEach(() => {
  warnings.length = 0;
  restore = captureWarnings((line) => warnings.push(line));
});
afterEach(() => {
  restore();
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

/** Throws whatever is done with it, also when it is itself shown as an error. */
const hostile = (): never => {
  throw new Proxy(
    {},
    {
      get: () => hostile(),
      has: () => hostile(),
      getPrototypeOf: () => hostile(),
      ownKeys: () => hostile(),
    },
  );
};
const unreadable = new Proxy(
  {},
  {
    get: hostile,
    has: hostile,
    ownKeys: hostile,
    getPrototypeOf: hostile,
    getOwnPropertyDescriptor: hostile,
  },
) as never;
const unprintable = { toString: hostile } as never;

function books(meter: Meter): void {
  const { samples, handed, waiting, dropped } = meter.stats();
  const lost = Object.values(dropped).reduce((sum, count) => sum + count, 0);
  expect(handed + waiting + lost).toBe(samples);
}

async function serve(
  meter: Meter,
  listener: RequestListener = (_, response) => response.end('ok'),
  route?: (request: http.IncomingMessage) => string,
): Promise<number> {
  const server = httpMeter(http.createServer(listener), { meter, ...(route && { route }) });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

/** Sends bytes as they are, and returns what came back until the server closed. */
function raw(port: number, text: string): Promise<string> {
  return new Promise((resolve) => {
    let answer = '';
    const socket = net.connect(port, '127.0.0.1', () => socket.write(text, 'latin1'));
    socket.on('data', (bytes) => {
      answer += bytes.toString('latin1');
    });
    socket.on('error', () => {});
    socket.on('close', () => resolve(answer));
  });
}

const ask = (port: number, path = '/x', more = '') =>
  raw(port, `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${more}\r\n`);

scenario('hostile-requests', [30, 60], async () => {
  const captured = captureMeter();
  const port = await serve(captured);
  const paths = [
    ...PROTOTYPE_NAMES.map((name) => `/${name}`),
    ...Array.from(
      { length: 300 },
      (_, i) => `/path${String.fromCharCode(97 + (i % 26))}x${'y'.repeat(i % 37)}`,
    ),
    '/%0a%0dforged:1|c',
    '/a|b:1|c|#d',
    '*',
    '//host/../../etc/passwd',
    'http://[::1]:8/%zz',
    `/${'\xff\xfe'.repeat(50)}`,
    `/${'a/'.repeat(3000)}`,
    '/?__proto__[x]=1',
  ];
  const answers = await Promise.all(paths.map((path) => ask(port, path)));
  const served = answers.filter((answer) => answer.startsWith('HTTP/1.1 200')).length;
  expect(served).toBeGreaterThan(300);
  for (const method of ['__proto__', 'constructor', 'PROPFIND', 'M-SEARCH'])
    await raw(port, `${method} /m HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
  await captured.settled();
  const found = (await captured.metrics()).filter((metric) => metric.name === NAME);
  expect(found.length).toBeGreaterThanOrEqual(served);
  expect(new Set(found.map((metric) => metric.tags.http_route)).size).toBeLessThanOrEqual(101);
  for (const line of await captured.lines()) expect(line).toMatch(/^http\.server\.[^|]*\|[dc]\|#[^|]*$/);
  books(captured);
  return {
    tried: `${paths.length + 4} requests: prototype names, escapes, line ends, 3000 segments, unknown methods`,
    saw: `${served} answered, the rest refused by Node's own parser as without us`,
    lost: 'nothing: at most 100 templates and "unmatched", each line well formed',
  };
});

describe('hostile requests', () => {
  it('are measured where the application answers them at checkContinue or checkExpectation', async () => {
    const captured = captureMeter();
    const port = await serve(captured);
    const server = servers.at(-1)!;
    server.on('checkExpectation', (_, response) => response.end('expected'));
    server.on('checkContinue', (_, response) => response.end('continued'));
    expect(await ask(port, '/a', 'Expect: more\r\n')).toContain('expected');
    expect(await ask(port, '/b', 'Expect: 100-continue\r\n')).toContain('continued');
    await captured.settled();
    expectMetric(await captured.metrics(), NAME).times(2);
  });
});

describe('names of every object', () => {
  it('are names, keys, values and routes like any other', async () => {
    const captured = captureMeter();
    const { meter } = captured;
    for (const name of PROTOTYPE_NAMES) {
      meter.count(name);
      meter.count('key', 1, { tags: JSON.parse(`{"${name}":"v"}`) as Record<string, string> });
      meter.count('listed', 1, { tags: [`${name}:v`, name] });
      meter.count('value', 1, { tags: { of: name } });
      meter.time(name, (block) => block.tag(name, name));
    }
    const port = await serve(captured, undefined, (request) => (request.url ?? '').slice(1));
    for (const name of PROTOTYPE_NAMES) await ask(port, `/${name}`);
    await captured.settled();
    const lines = await captured.lines();
    for (const name of PROTOTYPE_NAMES) {
      expect(lines).toContain(`${name}:1|c`);
      expect(lines).toContain(`key:1|c|#${name}:v`);
      expect(lines).toContain(`value:1|c|#of:${name}`);
      expect(
        lines.filter((line) => line.startsWith(`${NAME}:`) && line.includes(`http_route:${name},`)),
      ).toHaveLength(1);
    }
    expect(Object.prototype).not.toHaveProperty('v');
    books(meter);
  });
});

describe('text without end', () => {
  it('is cut wherever it would be kept', async () => {
    const captured = captureMeter();
    const { meter } = captured;
    const long = 'x'.repeat(1_000_000);
    const listener: RequestListener = (_, response) => {
      meter.tag('long', long);
      meter.route(long);
      meter.count('inside');
      meter.time(long, (block) => block.tag(long, long));
      response.end();
    };
    const port = await serve(captured, listener, () => long);
    await ask(port);
    meter.count(long);
    meter.count('c', 1, { tags: { [long]: long } });
    meter.set('s', long);
    meter.event(long, long);
    await captured.settled();
    expect(keptText(meter)).toBeLessThan(100_000);
    expectMetric(await captured.metrics(), 'inside').times(1);
    books(meter);
  });
});

/** Characters in everything that a meter can be followed to. */
function keptText(root: object): number {
  const seen = new Set<unknown>([captureMeter]);
  const waiting: unknown[] = [root];
  let characters = 0;
  while (waiting.length > 0) {
    const value = waiting.pop();
    if (seen.has(value)) continue;
    if (typeof value === 'string') characters += value.length;
    if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) continue;
    // Timers hang together with all others of the process.
    if (value.constructor?.name === 'Timeout') continue;
    seen.add(value);
    if (value instanceof Map) waiting.push(...value.keys(), ...value.values());
    else if (value instanceof Set) waiting.push(...value);
    else for (const key of Reflect.ownKeys(value)) waiting.push(key, Reflect.get(value, key));
  }
  return characters;
}

scenario('endless-tag', [60, 120], async () => {
  const meter = createMeter({ url: 'null:' });
  const captured = captureMeter({});
  const port = await serve(
    captured,
    (request, response) => {
      captured.meter.count('hits', 1, { tags: { user: request.url ?? '' } });
      response.end();
    },
    (request) => request.url!.split('?')[0]!,
  );
  const total = 1_000_000;
  const before = process.memoryUsage().heapUsed;
  for (let i = 0; i < total; i++)
    meter.count('logins', 1, { tags: { plan: i % 2 ? 'free' : 'paid', user: i } });
  const after = process.memoryUsage().heapUsed;
  const { samples, series, folded } = meter.stats();
  expect(samples).toBe(total);
  expect(series).toBeLessThanOrEqual(2000);
  expect(keptText(meter)).toBeLessThan(2_000_000);
  expect(warnings.filter((line) => line.includes('RM_SERIES_CAP'))).toEqual([
    expect.stringContaining('tag "user"'),
  ]);
  for (let i = 0; i < 5000; i++) captured.meter.count('hits', 1, { tags: { user: i } });
  for (let i = 0; i < 20; i++) await ask(port, `/route${i}?user=${i}`);
  await captured.settled();
  const found = (await captured.metrics()).filter((metric) => metric.name === NAME);
  expect(new Set(found.map((metric) => metric.tags.http_route))).toEqual(
    new Set(Array.from({ length: 20 }, (_, i) => `/route${i}`)),
  );
  await meter.flush();
  books(meter);
  await meter.close();
  return {
    tried: `${total} values of one tag`,
    saw: '20 other routes keep their names; one warning, which names the tag',
    lost: `nothing: ${series} series, ${folded} samples folded into overflow with exact totals`,
    memory: { before, after },
  };
});

describe('code of the application that throws', () => {
  const bad: Record<string, (meter: CaptureMeter) => void> = {
    'a name': (meter) => meter.count(unprintable),
    'a value': (meter) => meter.decrement('c', unprintable),
    'a value that is a symbol': (meter) => meter.decrement('c', Symbol('s') as never),
    'a tag value': (meter) => meter.count('c', 1, { tags: { a: unprintable } }),
    'a list of tags': (meter) => meter.count('c', 1, { tags: [unprintable] }),
    'a Proxy as tags': (meter) => meter.count('c', 1, { tags: unreadable }),
    'a Proxy as options': (meter) => meter.count('c', 1, unreadable),
    'null as options': (meter) => meter.count('c', 1, null as never),
    'a member': (meter) => meter.set('s', unprintable),
    'a member with a Proxy as options': (meter) => meter.set('s', 'a', unreadable),
    'an event': (meter) => meter.event(unprintable, unprintable, unreadable),
    'an event of other types': (meter) =>
      meter.event('e', 5 as never, { hostname: 5 as never, timestamp: {} as never }),
    'an event with null': (meter) => meter.event('e', 't', null as never),
    'a check': (meter) => meter.check(unprintable, 0, unreadable),
    'a check of other types': (meter) => meter.check('c', {} as never, { message: 5 as never }),
    'a tag of the request': (meter) => meter.tag(unprintable, unprintable),
    'a route': (meter) => meter.route(unprintable),
    'a child': (meter) => void meter.child(unreadable),
    'a child of other types': (meter) => void meter.child({ prefix: 5 as never, tags: 5 as never }),
    'a block': (meter) =>
      meter.time(unprintable, (block) => void block.tag(unprintable, unprintable), unreadable),
    'a rate that is no number': (meter) => meter.count('c', 1, { sampleRate: Number.NaN }),
    'a time stamp': (meter) => meter.count('c', 1, { timestamp: unprintable }),
  };

  it.each(Object.entries(bad))('does no harm: %s', async (_, act) => {
    const captured = captureMeter();
    const port = await serve(captured, (_request, response) => {
      act(captured);
      response.end('fine');
    });
    act(captured);
    expect(await ask(port)).toContain('fine');
    expect(await ask(port)).toContain('fine');
    await captured.settled();
    expectMetric(await captured.metrics(), NAME).times(2);
    captured.meter.count('after');
    expect(await captured.lines()).toContain('after:1|c');
    for (const line of await captured.lines()) expect(line).not.toContain('NaN');
    expect(new Set(warnings).size).toBe(warnings.length);
    books(captured);
  });

  it('leaves results alone that throw when looked at, and errors as they are', () => {
    const { meter } = captureMeter();
    const odd = Object.defineProperty({}, 'then', { get: hostile });
    expect(
      Object.is(
        meter.time('b', () => odd),
        odd,
      ),
    ).toBe(true);
    expect(
      Object.is(
        meter.time('b', () => unreadable),
        unreadable,
      ),
    ).toBe(true);
    let caught: unknown;
    try {
      meter.time('b', () => {
        throw unreadable;
      });
    } catch (error) {
      caught = error;
    }
    expect(Object.is(caught, unreadable)).toBe(true);
  });

  const rejecting = () => Promise.reject(new Error('no'));
  const functions: Record<string, MeterOptions> = {
    'requestTags throws': { requestTags: hostile },
    'requestTags rejects': { requestTags: rejecting as never },
    'requestTags answers what cannot be read': { requestTags: () => unreadable },
    'names throws': { names: hostile },
    'names rejects': { names: rejecting as never },
    'names answers nothing': { names: () => undefined as never },
    'names answers what cannot be read': { names: () => unreadable },
  };
  it.each(Object.entries(functions))('is contained and reported once: %s', async (_, options) => {
    const captured = captureMeter(options as never);
    const port = await serve(captured);
    for (let i = 0; i < 3; i++) expect(await ask(port)).toContain('200 OK');
    await captured.settled();
    expectMetric(await captured.metrics(), NAME).times(3);
    expect(warnings.filter((line) => line.includes('RM_USER_CODE_THREW'))).toHaveLength(1);
    books(captured);
  });

  it.each<[string, () => string]>([
    ['throws', hostile],
    ['rejects', rejecting as never],
    ['answers an object', () => unprintable],
    ['answers a number', () => 5 as never],
  ])('is contained and reported once: route %s', async (_, route) => {
    const captured = captureMeter();
    const port = await serve(captured, undefined, route);
    for (let i = 0; i < 3; i++) expect(await ask(port)).toContain('200 OK');
    await captured.settled();
    expectMetric(await captured.metrics(), NAME)
      .withTags({ http_route: 'unmatched' })
      .times(3);
    expect(warnings).toHaveLength(1);
  });
});

/** What the application hands to us and we call, each of a kind that throws or fails. */
const THROWING: Record<string, { options?: object; act?: (meter: Meter) => void; route?: () => string }> = {
  names: { options: { names: hostile } },
  requestTags: { options: { requestTags: hostile } },
  route: { route: hostile },
  'the toString of a tag': { act: (meter) => meter.count('c', 1, { tags: { a: unprintable } }) },
  'the toString of a member': { act: (meter) => meter.set('s', unprintable) },
  'the send of a client': { options: { client: { send: hostile } } },
  'a client that answers with an error': {
    options: {
      client: {
        send: (_text: string, _tags: unknown, done: (error: Error) => void) => done(new Error('no')),
      },
    },
  },
};

scenario('throwing-code', [60, 120], async () => {
  const each = size(100, 5_000);
  const agent = new http.Agent({ keepAlive: true, maxSockets: 8 });
  let dropped = 0;
  let samples = 0;
  for (const [what, { options = {}, act = () => {}, route }] of Object.entries(THROWING)) {
    // What was told of one sort is not told again of another.
    restore();
    warnings.length = 0;
    restore = captureWarnings((line) => warnings.push(line));
    const isClient = 'client' in options;
    const meter = createMeter({ flushMs: 5, cpu: 'off', ...(isClient ? {} : { url: 'null:' }), ...options });
    const port = await serve(
      meter,
      (_request, response) => {
        act(meter);
        response.end('fine');
      },
      route,
    );
    const asked = Array.from({ length: each }, async () => {
      const answer = await new Promise<http.IncomingMessage>((resolve, reject) =>
        http.get({ port, host: '127.0.0.1', agent }, resolve).on('error', reject),
      );
      expect(answer.statusCode, what).toBe(200);
      expect(await text(answer), what).toBe('fine');
    });
    await Promise.all(asked);
    await meter.close();
    books(meter);
    const found = meter.stats();
    // Its own sample at most is lost: the request's is only where nothing can be sent at all.
    expect(droppedOf(found), what).toBe(isClient ? found.samples : act.length > 0 ? each : 0);
    expect(warnings, what).toHaveLength(1);
    samples += found.samples;
    dropped += droppedOf(found);
  }
  agent.destroy();
  return {
    tried: `${Object.keys(THROWING).length} sorts, each with ${each} requests: ${Object.keys(THROWING).join(', ')}`,
    saw: `${each * Object.keys(THROWING).length} answers as without us; one warning for each sort`,
    lost: `${dropped} of ${samples} samples: those that could not be read, and all that a client refused`,
  };
});

describe('a sink of the application', () => {
  class Faulty implements Sink {
    readonly url = 'faulty:';
    readonly maxPayload = 64;
    readonly newline = false;
    sent = 0;
    private readonly fault: string;
    private settle: Settle = () => {};
    constructor(fault: string) {
      this.fault = fault;
    }
    private meet(call: string): void {
      if (this.fault === call) hostile();
    }
    open(settle: Settle): void {
      this.meet('open');
      this.settle = settle;
    }
    send(payload: Payload): void {
      this.sent++;
      this.meet('send');
      this.settle(payload, null);
      if (this.fault === 'settle twice') this.settle(payload, 'refused');
      this.meet('after send');
    }
    async flush(): Promise<void> {
      this.meet('flush');
    }
    flushSync(): void {
      this.meet('flushSync');
    }
    async close(): Promise<void> {
      this.meet('close');
    }
  }

  it.each(['open', 'send', 'settle twice', 'after send', 'flush', 'flushSync', 'close'])(
    'that fails in "%s" costs its samples at most, is reported once, and the tick goes on',
    async (fault) => {
      const sink = new Faulty(fault);
      const meter = createMeter({ sink, flushMs: 5 });
      const port = await serve(meter);
      for (let i = 0; i < 3; i++) expect(await ask(port)).toContain('200 OK');
      for (let i = 0; i < 1000; i++) meter.timing('t', i);
      meter.time('b', () => {});
      const before = sink.sent;
      meter.count('c');
      if (fault !== 'open')
        while (sink.sent === before) await new Promise((resolve) => setTimeout(resolve, 5));
      await meter.flush();
      books(meter);
      expect(meter.stats().waiting).toBe(0);
      meter.core.leave();
      await meter.close();
      books(meter);
      expect(warnings.length).toBe(fault === 'settle twice' ? 0 : 1);
    },
  );
});
