import dgram from 'node:dgram';
import dns, { lookup as named } from 'node:dns';
import promises, { resolve4 as namedPromise } from 'node:dns/promises';
import { once } from 'node:events';
import http from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import { afterAll, describe, expect, test } from 'vitest';
import { type Operations, sourceContract } from '../contract.ts';
import { openStage } from '../stage.ts';

/** Answers each question with 192.0.2.1 after as many ms as the name's first label says; `missing` with NXDOMAIN. */
const server = dgram.createSocket('udp4');
server.on('message', (question, { port, address }) => {
  if (question.length < 17) return;
  const label = question.subarray(13, 13 + question[12]!).toString();
  const isMissing = label === 'missing';
  let end = 12;
  while (question[end] !== 0) end += question[end]! + 1;
  const head = Buffer.from(question.subarray(0, end + 5));
  head.writeUInt16BE(isMissing ? 0x8183 : 0x8180, 2);
  head.writeUInt16BE(isMissing ? 0 : 1, 6);
  head.writeUInt32BE(0, 8);
  const answer = Buffer.from('c00c00010001000000000004c0000201', 'hex');
  const reply = isMissing ? head : Buffer.concat([head, answer]);
  setTimeout(() => server.send(reply, port, address), Number.parseInt(label, 10) || 0);
});
server.bind(0, '127.0.0.1');
await once(server, 'listening');
const servers = [`127.0.0.1:${server.address().port}`];
afterAll(() => server.close());

const upstream = http.createServer((_request, response) => response.end('x'));
upstream.listen(0, '127.0.0.1');
await once(upstream, 'listening');
const { port } = upstream.address() as AddressInfo;
afterAll(() => upstream.close());

const resolver = new dns.promises.Resolver();
resolver.setServers(servers);
const older = new dns.Resolver();
older.setServers(servers);

async function rowsOf(use: () => unknown) {
  const stage = await openStage({ '/ask': use });
  try {
    await stage.get('/ask');
    return (await stage.rows()).map(({ name, count, errors }) => ({ name, count, errors }));
  } finally {
    await stage.stop();
  }
}

describe('dns', () => {
  sourceContract({
    title: 'dns: a resolver',
    modules: [],
    names: { quick: 'dns A', slow: 'dns A', failing: 'dns A' },
    error: 'ENOTFOUND',
    connections: [1],
    open: async (): Promise<Operations> => ({
      quick: () => resolver.resolve4('quick.test'),
      slow: (ms) => resolver.resolve4(`${ms}ms.test`),
      failing: () => resolver.resolve4('missing.test'),
      secret: (secret) => resolver.resolve4(`${secret}.test`),
      close: async () => {},
    }),
  });

  const ask = (resolve: (done: (error: unknown) => void) => unknown) =>
    new Promise<unknown>((done) => resolve(done));
  const cases: Array<[string, () => unknown, string[]]> = [
    ['lookup', () => ask((done) => dns.lookup('localhost', done)), ['dns lookup']],
    [
      'lookup with options',
      () => ask((done) => dns.lookup('localhost', { all: true }, done)),
      ['dns lookup'],
    ],
    ['lookup, imported by name', () => ask((done) => named('localhost', done)), ['dns lookup']],
    ['lookup of promises', () => promises.lookup('localhost'), ['dns lookup']],
    ['promises by their module', () => dns.promises.lookup('localhost'), ['dns lookup']],
    ['an address is looked up by nobody', () => promises.lookup('127.0.0.1'), []],
    ['resolve with a type', () => ask((done) => older.resolve('mail.test', 'MX', done)), ['dns MX']],
    ['resolve without one', () => ask((done) => older.resolve('mail.test', done)), ['dns A']],
    ['reverse', () => resolver.reverse('192.0.2.1').catch(() => {}), ['dns reverse']],
    [
      'wrong arguments look up nothing',
      () => {
        expect(() => dns.lookup('x', 'y' as never)).toThrow();
      },
      [],
    ],
    [
      'two copies of an import are one function',
      () => {
        expect(namedPromise).toBe(promises.resolve4);
      },
      [],
    ],
  ];
  test.each(cases)('%s', async (_title, use, expected) => {
    expect((await rowsOf(use)).map(({ name, count }) => `${name}${count === 1 ? '' : count}`)).toEqual(
      expected,
    );
  });

  test('look-ups of a connection and of a datagram are no calls of their own', async () => {
    const rows = await rowsOf(async () => {
      await (await fetch(`http://localhost:${port}/`)).text();
      await ask((done) =>
        http.get({ host: 'localhost', port, agent: false }, (r) => r.resume().on('end', done)),
      );
      const socket = net.connect({ host: 'localhost', port });
      await once(socket, 'connect');
      socket.destroy();
      const datagram = dgram.createSocket('udp4');
      await ask((done) => datagram.send('x', server.address().port, 'localhost', done));
      await ask((done) => datagram.send('x', server.address().port, 'localhost', done));
      datagram.close();
    });
    expect(rows.map(({ name, count }) => `${name} ${count}`)).toEqual([`GET localhost:${port} 2`]);
  });

  test('what promisify makes of it stays', async () => {
    const stage = await openStage({});
    try {
      expect(await promisify(dns.lookup)('127.0.0.1')).toEqual({ address: '127.0.0.1', family: 4 });
      expect(await promisify(dns.lookupService)('127.0.0.1', 80)).toMatchObject({ service: 'http' });
    } finally {
      await stage.stop();
    }
  });

  test('is counted once where the servers were set anew before', async () => {
    const former = dns.getServers();
    const first = await openStage({});
    dns.setServers(servers);
    await first.stop();
    try {
      // Functions of the module, now made of a resolver's that were followed.
      expect(await rowsOf(() => dns.promises.resolve4('quick.test'))).toEqual([
        { name: 'dns A', count: 1, errors: [] },
      ]);
    } finally {
      dns.setServers(former);
    }
  });

  test('is counted once after the servers were set anew', async () => {
    const former = dns.getServers();
    try {
      const rows = await rowsOf(async () => {
        dns.setServers(servers);
        await dns.promises.resolve4('quick.test');
        await ask((done) => dns.resolve4('quick.test', done));
      });
      expect(rows).toEqual([{ name: 'dns A', count: 2, errors: [] }]);
    } finally {
      dns.setServers(former);
    }
  });
});

test('without a meter that sends calls the module is what it was', async () => {
  const before = [
    dns.lookup,
    dns.promises.resolve4,
    dns.Resolver.prototype.resolve,
    net.Socket.prototype.connect,
  ];
  const stage = await openStage({});
  const during = [
    dns.lookup,
    dns.promises.resolve4,
    dns.Resolver.prototype.resolve,
    net.Socket.prototype.connect,
  ];
  expect(during.every((method, at) => method !== before[at])).toBe(true);
  expect(named).toBe(dns.lookup);
  await stage.stop();
  expect([
    dns.lookup,
    dns.promises.resolve4,
    dns.Resolver.prototype.resolve,
    net.Socket.prototype.connect,
  ]).toEqual(before);
  expect(named).toBe(before[0]);
});
