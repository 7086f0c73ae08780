import { once } from 'node:events';
import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import * as grpc from '@grpc/grpc-js';
import { afterAll, describe, expect, test } from 'vitest';
import { upstreams } from '../../../src/calls/upstreams.ts';
import { type Operations, sourceContract } from '../contract.ts';
import { openStage } from '../stage.ts';

const bytes = {
  serialize: (value: string) => Buffer.from(value),
  deserialize: (value: Buffer) => value.toString(),
};
const method = (path: string, requestStream = false, responseStream = false) => ({
  path,
  requestStream,
  responseStream,
  requestSerialize: bytes.serialize,
  requestDeserialize: bytes.deserialize,
  responseSerialize: bytes.serialize,
  responseDeserialize: bytes.deserialize,
});
const SERVICE = {
  say: method('/hello.Greeter/Say'),
  collect: method('/hello.Greeter/Collect', true),
  list: method('/hello.Greeter/List', false, true),
  chat: method('/hello.Greeter/Chat', true, true),
  gone: method('/hello.Greeter/Gone'),
};

const server = new grpc.Server();
const { gone: _, ...served } = SERVICE;
server.addService(served, {
  say: async (call: { request: string }, done: grpc.sendUnaryData<string>) => {
    if (call.request.startsWith('fail')) return done({ code: grpc.status.NOT_FOUND, details: call.request });
    await sleep(Number.parseInt(call.request, 10) || 0);
    done(null, 'answer');
  },
  collect: async (call: AsyncIterable<string>, done: (error: null, value: string) => void) => {
    let count = 0;
    for await (const _part of call) count++;
    done(null, String(count));
  },
  list: (call: grpc.ServerWritableStream<string, string>) => {
    for (let i = 0; i < 3; i++) call.write(String(i));
    call.end();
  },
  chat: (call: grpc.ServerDuplexStream<string, string>) => {
    call.on('data', (part: string) => call.write(part));
    call.on('end', () => call.end());
  },
});
const bind = () =>
  new Promise<number>((resolve, reject) =>
    server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    ),
  );
const port = await bind();
afterAll(() => server.forceShutdown());

type Unary = (
  request: string,
  metadata: grpc.Metadata,
  options: grpc.CallOptions,
  done: (error: grpc.ServiceError | null, value?: string) => void,
) => grpc.ClientUnaryCall;
type Client = grpc.Client & {
  say: Unary;
  gone: Unary;
  collect(done: (error: grpc.ServiceError | null, value?: string) => void): grpc.ClientWritableStream<string>;
  list(request: string): grpc.ClientReadableStream<string>;
  chat(): grpc.ClientDuplexStream<string, string>;
};
const Greeter = grpc.makeGenericClientConstructor(SERVICE, 'Greeter') as unknown as new (
  address: string,
  credentials: grpc.ChannelCredentials,
  options?: object,
) => Client;
const connect = (address = `127.0.0.1:${port}`, options = {}) =>
  new Greeter(address, grpc.credentials.createInsecure(), {
    'grpc.use_local_subchannel_pool': 1,
    ...options,
  });
const say = (
  client: Client,
  request: string,
  options: grpc.CallOptions = {},
  metadata = new grpc.Metadata(),
  via: 'say' | 'gone' = 'say',
) =>
  new Promise<string | undefined>((resolve, reject) => {
    client[via](request, metadata, options, (error, value) => (error ? reject(error) : resolve(value)));
  });

const name = 'grpc hello.Greeter/Say';

describe('@grpc/grpc-js', () => {
  sourceContract({
    title: '@grpc/grpc-js 1.14',
    modules: [grpc],
    names: { quick: name, slow: name, failing: name },
    error: 'NOT_FOUND',
    connections: [1],
    open: async (): Promise<Operations> => {
      const client = connect();
      return {
        quick: () => say(client, 'quick'),
        slow: (ms) => say(client, String(ms)),
        failing: () => say(client, 'fail'),
        secret: async (secret) => {
          const metadata = new grpc.Metadata();
          metadata.set('authorization', secret);
          await say(client, secret, {}, metadata);
          await say(client, `fail ${secret}`).catch(() => {});
        },
        close: async () => client.close(),
      };
    },
  });

  async function rowsOf(use: (client: Client) => unknown, client = connect()) {
    const stage = await openStage({ '/ask': () => use(client) });
    try {
      await stage.get('/ask');
      return (await stage.rows()).map(({ name, count, errors }) => ({ name, count, errors }));
    } finally {
      await stage.stop();
      client.close();
    }
  }
  const closed = net.createServer().listen(0, '127.0.0.1');
  const cases: Array<[string, (client: Client) => unknown, string, string[]]> = [
    [
      'a stream of requests is one call',
      (client) =>
        new Promise((done) => {
          const call = client.collect(done);
          for (let i = 0; i < 5; i++) call.write('x');
          call.end();
        }),
      'Collect',
      [],
    ],
    ['a stream of responses is one call', (client) => once(client.list('x').resume(), 'end'), 'List', []],
    [
      'so is one of both',
      (client) => {
        const call = client.chat();
        call.write('a');
        call.write('b');
        call.end();
        return once(call.resume(), 'end');
      },
      'Chat',
      [],
    ],
    [
      'a deadline',
      (client) => say(client, '10000', { deadline: Date.now() + 30 }).catch(() => {}),
      'Say',
      ['DEADLINE_EXCEEDED'],
    ],
    [
      'a cancelled call',
      (client) =>
        new Promise((done) => {
          const call = client.say('10000', new grpc.Metadata(), {}, done);
          setTimeout(() => call.cancel(), 20);
        }),
      'Say',
      ['CANCELLED'],
    ],
    [
      'a method that is not there',
      (client) => say(client, '', {}, undefined, 'gone').catch(() => {}),
      'Gone',
      ['UNIMPLEMENTED'],
    ],
  ];
  test.each(cases)('%s', async (_title, use, called, errors) => {
    expect(await rowsOf(use)).toEqual([{ name: `grpc hello.Greeter/${called}`, count: 1, errors }]);
  });

  test('a refused connection', async () => {
    const { port: refused } = closed.address() as net.AddressInfo;
    await new Promise((done) => closed.close(done));
    const rows = await rowsOf((client) => say(client, 'x').catch(() => {}), connect(`127.0.0.1:${refused}`));
    expect(rows).toEqual([{ name, count: 1, errors: ['UNAVAILABLE'] }]);
  });

  test('looking up its target is part of it', async () => {
    const rows = await rowsOf((client) => say(client, 'x'), connect(`localhost:${port}`));
    expect(rows).toEqual([{ name, count: 1, errors: [] }]);
  });

  test('what its callbacks call belongs to the request', async () => {
    const client = connect();
    const rows = await rowsOf(
      (own) =>
        new Promise((done) =>
          own.say('x', new grpc.Metadata(), {}, () => own.say('y', new grpc.Metadata(), {}, done)),
        ),
      client,
    );
    expect(rows).toEqual([{ name, count: 2, errors: [] }]);
  });
});

test('upstreams() knows it', () => {
  expect(() => upstreams(grpc)).not.toThrow();
  expect(() => upstreams({ Channel: grpc.Channel })).not.toThrow();
});
