import { randomUUID } from 'node:crypto';
import { createServer, METHODS } from 'node:http';
import { createRequire } from 'node:module';
import { type AddressInfo, connect } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { isWhole } from '../../../testkit/src/breadth.ts';
import { makeApp as makeExpress, makeRouters } from '../../../testkit/src/contract/express/app.cjs';
import { loadStack } from '../../../testkit/src/contract/express/stacks.cjs';
import { STACKS as FASTIFY, makeApp as makeFastify } from '../../../testkit/src/contract/fastify/app.cjs';
import { loadHapi, makeApp as makeHapi } from '../../../testkit/src/contract/hapi/app.cjs';
import { required, start as startHono } from '../../../testkit/src/contract/hono/app.cjs';
import { STACKS as KOA, makeApp as makeKoa } from '../../../testkit/src/contract/koa/app.cjs';
import { samplesOf } from '../../../testkit/src/contract/samples.ts';
import { scenario, size } from '../../../testkit/src/reliability/scenario.ts';
import { captureWarnings } from '../../src/errors/index.ts';
import { expressMeter } from '../../src/frameworks/express.ts';
import { fastifyMeter } from '../../src/frameworks/fastify.ts';
import { hapiMeter } from '../../src/frameworks/hapi.ts';
import { honoMeter } from '../../src/frameworks/hono.ts';
import { koaMeter } from '../../src/frameworks/koa.ts';
import { CaptureSink, createMeter, type Meter } from '../../src/index.ts';
import type { Running } from './suite.ts';

const load = createRequire(new URL('../../../testkit/package.json', import.meta.url));

const closing: Array<() => unknown> = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function express(meter: Meter): Promise<Running> {
  const { express: made } = loadStack('express 5, router 2.3');
  const first = expressMeter(meter);
  const server = createServer(makeExpress(made, 5, makeRouters(made), { first })).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  return { port: (server.address() as AddressInfo).port, close: () => server.close() };
}

async function fastify(meter: Meter): Promise<Running> {
  const stack = FASTIFY['fastify 5']!;
  const app = await makeFastify(load(stack.package), stack.version, async (made) =>
    made.register(fastifyMeter, { meter }),
  );
  await app.listen({ port: 0, host: '127.0.0.1' });
  return { port: (app.server.address() as AddressInfo).port, close: () => app.close() };
}

async function koa(meter: Meter): Promise<Running> {
  const name = 'koa 3, router 15';
  const router = load(KOA[name]!.router);
  const app = makeKoa(load(KOA[name]!.koa), router.default ?? router, name, koaMeter(meter));
  const server = await new Promise<ReturnType<typeof app.listen>>((resolve) => {
    const made = app.listen(0, '127.0.0.1', () => resolve(made));
  });
  return { port: (server.address() as AddressInfo).port, close: () => server.close() };
}

async function hono(meter: Meter): Promise<Running> {
  const { modules, nodeServer } = required();
  return new Promise((resolve) => {
    const server = startHono(modules, nodeServer, honoMeter(meter), ({ port }) =>
      resolve({ port, close: () => server.close() }),
    );
  });
}

async function hapi(meter: Meter): Promise<Running> {
  const { Hapi, boom } = loadHapi();
  const app = await makeHapi(Hapi, boom, { plugin: { plugin: hapiMeter, options: { meter } } });
  await app.start();
  return { port: app.listener.address().port, close: () => app.stop({ timeout: 0 }) };
}

const pick = <T>(list: readonly T[]): T => list[Math.floor(Math.random() * list.length)]!;
const word = () => Math.random().toString(36).slice(2, 12);
/** What people and attackers write into a segment; all of it can be decoded. */
const VALUES: ReadonlyArray<() => string> = [
  word,
  () => String(Math.floor(Math.random() * 1e9)),
  randomUUID,
  () => `${word()}%40example.com`,
  () => `${word()},http_route:%2Fusers`,
  () => `${word()}%7C%23${word()}%0A${word()}`,
  () => `%F0%9F%98%80${word()}`,
  () => `${word()}:id`,
  // Fastify finds no route for segments above 100 characters.
  () => word().repeat(9),
  () => `${word()}?${word()}=/${word()}`,
];
const value = () => pick(VALUES)();
/** A CONNECT is no request to a server but to a proxy. */
const SENT = METHODS.filter((method) => method !== 'CONNECT');
const ANSWERED = ['GET', 'HEAD', 'POST'];

interface Sent {
  line: string;
  route: string;
}
const get = (path: string, route = 'unmatched'): Sent => ({ line: `GET ${path}`, route });
const KINDS: Record<string, (methods: readonly string[]) => Sent> = {
  'random 404': () => get(`/${word()}x/${value()}`),
  'valid ids': () => get(`/users/${value()}`, '/users/:id'),
  'nested 404': () => get(`/orgs/${word()}/x${value()}`),
  'nested valid ids': () => get(`/orgs/${word()}/users/${value()}`, '/orgs/:org/users/:id'),
  'static 404': () => get(`/assets/${word()}/${word()}.js`),
  'random methods': (methods) => {
    const method = pick(methods);
    const route = ANSWERED.includes(method) ? '/users/:id' : 'unmatched';
    return { line: `${method} /users/${value()}`, route };
  },
};

/** Requests of one connection that wait for their answer. */
const AHEAD = 200;

/** Sends requests in a pipeline, and resolves when all are answered. */
function pipeline(port: number, lines: Iterator<string>): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    let waiting = 0;
    let tail = '';
    const more = () => {
      let text = '';
      while (waiting < AHEAD) {
        const { value: line, done } = lines.next();
        if (done) break;
        text += `${line} HTTP/1.1\r\nHost: x\r\n\r\n`;
        waiting++;
      }
      if (text !== '') socket.write(text);
      else if (waiting === 0) {
        resolve();
        socket.destroy();
      }
    };
    socket.setEncoding('latin1').on('data', (text: string) => {
      // A status line may come in two pieces.
      const whole = tail + text;
      waiting -= whole.match(/HTTP\/1\.1 \d{3} /g)?.length ?? 0;
      tail = whole.slice(-12);
      if (waiting < AHEAD / 2) more();
    });
    socket.on('connect', more);
    socket.on('error', reject);
    socket.on('close', () => reject(new Error(`closed with ${waiting} requests not answered`)));
  });
}

const FRAMEWORKS = [
  { name: 'Express 5', start: express, each: isWhole ? 10_000 : 1000 },
  { name: 'Fastify 5', start: fastify, each: 1000 },
  { name: 'Koa 3', start: koa, each: 1000 },
  { name: 'Hono 4', start: hono, each: 1000 },
];
describe.each(FRAMEWORKS)('$name', ({ start, each }) => {
  test(`${each} random URLs of each kind make no names, and each is counted once`, async () => {
    const sink = new CaptureSink();
    const meter = createMeter({ sink, cpu: 'off', flushMs: 3_600_000 });
    const { port, close } = await start(meter);
    closing.push(close, () => meter.close());

    const counted: Record<string, number> = {};
    const methods = new Set<string>();
    const collect = async () => {
      await meter.flush();
      for (const { tags, count } of samplesOf(sink.lines)) {
        counted[tags.http_route!] = (counted[tags.http_route!] ?? 0) + count;
        methods.add(tags.http_method!);
      }
      sink.payloads.length = 0;
    };
    const expected: Record<string, number> = {};
    for (const kind of Object.values(KINDS)) {
      let left = each;
      const lines = (function* () {
        while (left-- > 0) {
          const { line, route } = kind(SENT);
          expected[route] = (expected[route] ?? 0) + 1;
          yield line;
        }
      })();
      await pipeline(port, lines);
      await collect();
    }
    await expect
      .poll(async () => {
        await collect();
        return Object.values(counted).reduce((sum, count) => sum + count, 0);
      })
      .toBe(each * Object.keys(KINDS).length);
    expect(counted).toEqual(expected);
    expect([...methods].sort()).toEqual(
      ['DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT', 'TRACE', 'other'].sort(),
    );
  });
});

/** What users and other code hand over as the value of a tag. */
const TAG_VALUES: ReadonlyArray<() => unknown> = [
  () => 'a\nforged:1|c',
  () => 'a|#http_route:/forged,b:c|d',
  () => '\ud800 alone',
  () => '\u2028\u0000\r\x1b[31m',
  () => 'x'.repeat(1_000_000),
  () => '__proto__',
  () => 'constructor',
  () => '',
  () => null,
  () => Symbol('s'),
  () => ({
    toString() {
      throw new Error('no text');
    },
  }),
  () => {
    throw new Error('requestTags throws');
  },
];

scenario('hostile-tags', [60, 120], async () => {
  const each = size(240, 2_400);
  let requests = 0;
  const warned: string[] = [];
  const restore = captureWarnings((line) => warned.push(line));
  closing.push(restore);
  const colons = FRAMEWORKS.map(({ start }) => ({ start, user: '/users/:id' }));
  for (const { start, user } of [...colons, { start: hapi, user: '/users/{id}' }]) {
    const sink = new CaptureSink();
    let at = 0;
    const requestTags = ({ headers }: { headers: Record<string, string> }) => ({
      agent: headers['x-agent'],
      value: TAG_VALUES[at++ % TAG_VALUES.length]!() as string,
    });
    const meter = createMeter({ sink, cpu: 'off', flushMs: 3_600_000, requestTags: requestTags as never });
    const { port, close } = await start(meter);
    closing.push(close, () => meter.close());
    warned.length = 0;
    let left = each;
    const agents = ['a|b:1|c', '\xff\xfe\x80', 'x'.repeat(2000), '__proto__', 'a,http_route:/forged', '#'];
    const lines = (function* () {
      while (left-- > 0) {
        yield `GET /users/${left} HTTP/1.1\r\nX-Agent: ${agents[left % agents.length]}\r\nX-Rest:`;
      }
    })();
    await pipeline(port, lines);
    const counted = async () => {
      await meter.flush();
      return samplesOf(sink.lines).reduce((sum, { count }) => sum + count, 0);
    };
    await expect.poll(counted).toBe(each);
    for (const line of sink.lines) {
      expect(line).toMatch(/^http\.server\.request:[\d.:]+\|d\|#[^|\r\n\0]*$/);
      expect(line.isWellFormed()).toBe(true);
      expect(Buffer.byteLength(line)).toBeLessThanOrEqual(1432);
      expect(samplesOf([line])[0]!.tags).toMatchObject({ http_method: 'GET', http_status_code: '200' });
      expect(line.match(/(?<=\|#|,)http_route:[^,]*/g)).toEqual([`http_route:${user}`]);
    }
    // The function, and the text of a value.
    const threw = warned.filter((line) => line.includes('RM_USER_CODE_THREW'));
    expect(new Set(threw).size, threw.join('\n')).toBe(threw.length);
    expect(threw.length).toBeLessThanOrEqual(2);
    const { samples, handed, dropped } = meter.stats();
    expect({ samples: handed, dropped }).toEqual({ samples, dropped: {} });
    requests += each;
  }
  return {
    tried: `${requests} requests to Express, Fastify, Koa, Hono and hapi: header values as tags, and ${TAG_VALUES.length} sorts of values, two of which throw`,
    saw: 'every request answered; what threw is reported once for each sort and meter',
    lost: 'nothing: each request once under its route, each line well formed',
  };
});
