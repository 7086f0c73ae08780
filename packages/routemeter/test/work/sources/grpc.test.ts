import * as grpc from '@grpc/grpc-js';
import { afterEach, expect, test, vi } from 'vitest';
import { units } from '../../../src/work/follow-units.ts';
import { unitInstallation } from '../../../src/work/installation.ts';
import { openStage, type Stage } from '../../calls/stage.ts';
import { burn, handledContract } from '../handled.ts';
import { mixedContract } from '../mixed.ts';

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
type Unary = grpc.ServerUnaryCall<string, string>;
type Done = grpc.sendUnaryData<string>;
type Result = { code: string; value: string };

async function serve(
  service: grpc.ServiceDefinition,
  handlers: grpc.UntypedServiceImplementation,
  options: grpc.ServerOptions = {},
  ofClient: grpc.ClientOptions = {},
) {
  const server = new grpc.Server(options);
  server.addService(service, handlers);
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    ),
  );
  const client = new grpc.Client(`127.0.0.1:${port}`, grpc.credentials.createInsecure(), ofClient);
  const { serialize, deserialize } = bytes;
  return {
    server,
    client,
    serialize,
    deserialize,
    unary: (path: string, request: string, options: grpc.CallOptions = {}) =>
      new Promise<Result>((resolve) => {
        client.makeUnaryRequest(
          path,
          serialize,
          deserialize,
          request,
          new grpc.Metadata(),
          options,
          (error, value) =>
            resolve({ code: grpc.status[error?.code ?? 0]!, value: String(error?.details ?? value) }),
        );
      }),
    async close() {
      client.close();
      await new Promise<void>((closed) => server.tryShutdown(() => closed()));
    },
  };
}

handledContract({
  title: 'grpc-js',
  modules: [grpc],
  metric: 'rpc.server.call',
  tags: { work_kind: 'rpc', rpc_system: 'grpc' },
  shown: (name) => `jobs.Runner/${name.replace('-', '_')}`,
  failed: { outcome: 'error', error: 'INTERNAL' },
  async open(names, handle) {
    const path = (name: string) => `/jobs.Runner/${name.replace('-', '_')}`;
    const served = await serve(
      Object.fromEntries(names.map((name) => [name, method(path(name))])),
      Object.fromEntries(
        names.map((name) => [
          name,
          (call: Unary, done: Done) => {
            handle(name, call.request).then(
              (value) => done(null, value),
              (error: Error) => done({ code: grpc.status.INTERNAL, details: error.message }),
            );
          },
        ]),
      ),
    );
    return {
      call: async (name, act) => {
        const { code, value } = await served.unary(path(name), act);
        return `${code} ${value}`;
      },
      close: served.close,
    };
  },
});

type Call = grpc.ServerReadableStream<string, string> & grpc.ServerWritableStream<string, string>;

mixedContract({
  title: 'grpc-js, messages and streams both ways',
  modules: [grpc],
  metric: 'rpc.server.call',
  tags: { work_kind: 'rpc', rpc_system: 'grpc' },
  shown: (name) => `jobs.Runner/${name}`,
  retries: true,
  ends: {
    quick: 'ok OK',
    burn: 'ok OK',
    fail: 'error INTERNAL INTERNAL',
    missing: 'ok NOT_FOUND',
    again: 'error UNAVAILABLE UNAVAILABLE',
    // The server's clock or the client's is first.
    late: ['error DEADLINE_EXCEEDED DEADLINE_EXCEEDED', 'ok CANCELLED'],
    cancel: 'ok CANCELLED',
  },
  async open(names, handle) {
    const path = (name: string) => `/jobs.Runner/${name}`;
    /** Whether the client, and the server, send a stream. */
    const streams = (name: string) => {
      const at = names.indexOf(name);
      return [at % 2 === 1, at % 4 > 1] as const;
    };
    const entered = new Map<string, () => void>();
    /** By what the client wrote first. */
    const run = (text: string, answer: (error: Partial<grpc.StatusObject> | null, value: string) => void) => {
      const [act, id] = text.split('/') as [string, string];
      entered.get(id)?.();
      if (act === 'late' || act === 'cancel') return;
      if (act === 'missing') return answer({ code: grpc.status.NOT_FOUND, details: '' }, '');
      const code = act === 'again' ? grpc.status.UNAVAILABLE : grpc.status.INTERNAL;
      handle(act, id).then(
        (value) => answer(null, value),
        (error: Error) => answer({ code, details: error.message }, ''),
      );
    };
    const handlerOf = ([asks, answers]: readonly [boolean, boolean]) => {
      const told = (call: Call, done: Done): Parameters<typeof run>[1] =>
        answers
          ? (error, value) => {
              if (error !== null) return call.emit('error', error);
              call.write(value);
              return call.end();
            }
          : done;
      if (!asks) return (call: Call & Unary, done: Done) => run(call.request, told(call, done));
      return (call: Call, done: Done) => call.once('data', (text: string) => run(text, told(call, done)));
    };
    const served = await serve(
      Object.fromEntries(names.map((name) => [name, method(path(name), ...streams(name))])),
      Object.fromEntries(names.map((name) => [name, handlerOf(streams(name)) as never])),
      {},
      {
        'grpc.service_config': JSON.stringify({
          loadBalancingConfig: [],
          methodConfig: [
            {
              name: [{ service: 'jobs.Runner' }],
              retryPolicy: {
                maxAttempts: 3,
                initialBackoff: '0.01s',
                maxBackoff: '0.01s',
                backoffMultiplier: 1,
                retryableStatusCodes: ['UNAVAILABLE'],
              },
            },
          ],
        }),
      },
    );
    const { client, serialize, deserialize } = served;
    return {
      async call(name, act, id) {
        const [asks, answers] = streams(name);
        const arrived = new Promise<void>((resolve) => entered.set(id, resolve));
        const options = act === 'late' ? { deadline: Date.now() + 1500 } : {};
        const text = `${act}/${id}`;
        const rest = [new grpc.Metadata(), options] as const;
        const code = await new Promise<number>((resolve) => {
          const done = () => {};
          const ways = [path(name), serialize, deserialize] as const;
          const call = asks
            ? answers
              ? client.makeBidiStreamRequest(...ways, ...rest)
              : client.makeClientStreamRequest(...ways, ...rest, done)
            : answers
              ? client.makeServerStreamRequest(...ways, text, ...rest)
              : client.makeUnaryRequest(...ways, text, ...rest, done);
          call.on('error', () => {});
          call.on('status', (status: grpc.StatusObject) => resolve(status.code));
          if (answers) (call as grpc.ClientReadableStream<string>).resume();
          if (asks) {
            const writing = call as grpc.ClientDuplexStream<string, string>;
            writing.write(text);
            if (act !== 'cancel') writing.end();
          }
          if (act === 'cancel') void arrived.then(() => call.cancel());
        });
        entered.delete(id);
        return code;
      },
      close: served.close,
    };
  },
});

let stop = async () => {};
afterEach(async () => {
  await stop();
  stop = async () => {};
});

const METHODS = {
  say: method('/a.B/Say'),
  sum: method('/a.B/Sum', true),
  list: method('/a.B/List', false, true),
  chat: method('/a.B/Chat', true, true),
};

/** Names, statuses, outcomes of the calls that have ended. */
async function calls(stage: Stage, count: number): Promise<string[]> {
  return vi.waitFor(
    async () => {
      const found = (await stage.metrics()).filter(({ name }) => name === 'rpc.server.call');
      expect(found).toHaveLength(count);
      return found.map(({ tags }) =>
        [tags.rpc_method, tags.rpc_response_status_code, tags.outcome, tags.error_type]
          .filter(Boolean)
          .join(' '),
      );
    },
    { timeout: 60_000, interval: 20 },
  );
}

async function staged(handlers: grpc.UntypedServiceImplementation, options: grpc.ServerOptions = {}) {
  const stage = await openStage({});
  units(stage.meter, grpc);
  const served = await serve(METHODS, handlers, options);
  stop = async () => {
    await served.close();
    await stage.stop();
    unitInstallation().remove();
  };
  return { stage, ...served };
}

test('statuses: those of a server that failed are errors, others are none, and a method that nobody serves is no name', async () => {
  const { stage, unary } = await staged({
    say: (call: Unary, done: Done) => {
      if (call.request === 'throw') throw new Error('thrown');
      if (call.request === 'wait') return;
      if (call.request === 'unserializable') return done(null, 7 as never);
      done({ code: Number(call.request), details: 'no' });
    },
  });
  expect(await unary('/a.B/Say', '5')).toEqual({ code: 'NOT_FOUND', value: 'no' });
  expect(await unary('/a.B/Say', '14')).toEqual({ code: 'UNAVAILABLE', value: 'no' });
  expect((await unary('/a.B/Say', 'throw')).code).toBe('UNKNOWN');
  expect((await unary('/a.B/Say', 'unserializable')).code).toBe('INTERNAL');
  expect((await unary('/a.B/Say', 'wait', { deadline: Date.now() + 150 })).code).toBe('DEADLINE_EXCEEDED');
  expect((await unary('/a.B/Nobody4711', 'x')).code).toBe('UNIMPLEMENTED');
  const found = await calls(stage, 6);
  expect(found.slice(0, 4)).toEqual([
    'a.B/Say NOT_FOUND ok',
    'a.B/Say UNAVAILABLE error UNAVAILABLE',
    'a.B/Say UNKNOWN error UNKNOWN',
    'a.B/Say INTERNAL error INTERNAL',
  ]);
  // A deadline is told by the server, or the client goes first.
  const rest = found.slice(4).sort();
  expect(rest[0]).toMatch(/^a\.B\/Say (?:DEADLINE_EXCEEDED error DEADLINE_EXCEEDED|CANCELLED ok)$/);
  expect(rest[1]).toBe('other UNIMPLEMENTED error UNIMPLEMENTED');
});

test.each([
  { 'grpc.enable_channelz': 1 },
  { 'grpc.enable_channelz': 0 },
  {
    interceptors: [
      (_: unknown, call: grpc.ServerInterceptingCallInterface) => new grpc.ServerInterceptingCall(call),
    ],
  },
])(
  'streams are one call each, what they do in their events is theirs, and ends as it does: %j',
  async (options) => {
    const { stage, client, serialize, deserialize } = await staged(
      {
        sum: (call: grpc.ServerReadableStream<string, string>, done: Done) => {
          let sum = 0;
          call.on('data', (part: string) => {
            burn(10);
            stage.meter.increment('parts');
            sum += Number(part);
          });
          call.on('end', () => done(null, String(sum)));
        },
        list: (call: grpc.ServerWritableStream<string, string>) => {
          for (let at = 0; at < 3; at++) call.write(String(at));
          call.end();
        },
        chat: (call: grpc.ServerDuplexStream<string, string>) => {
          call.on('data', (part: string) => {
            if (part === 'fail') call.emit('error', { code: grpc.status.DATA_LOSS, details: 'lost' });
            else call.write(part.toUpperCase());
          });
          call.on('end', () => call.end());
          call.on('error', () => {});
        },
      },
      options as grpc.ServerOptions,
    );
    const sum = await new Promise((resolve, reject) => {
      const call = client.makeClientStreamRequest('/a.B/Sum', serialize, deserialize, (error, value) =>
        error ? reject(error) : resolve(value),
      );
      for (const part of ['1', '2', '3']) call.write(part);
      call.end();
    });
    expect(sum).toBe('6');
    const list: string[] = [];
    for await (const part of client.makeServerStreamRequest('/a.B/List', serialize, deserialize, 'x'))
      list.push(part);
    expect(list).toEqual(['0', '1', '2']);
    const chat = client.makeBidiStreamRequest('/a.B/Chat', serialize, deserialize);
    const answers: string[] = [];
    const ended = new Promise<grpc.StatusObject>((resolve) => chat.on('status', resolve));
    chat.on('error', () => {});
    chat.on('data', (part: string) => {
      answers.push(part);
      chat.write('fail');
    });
    chat.write('hello');
    expect([(await ended).code, answers]).toEqual([grpc.status.DATA_LOSS, ['HELLO']]);
    const gone = client.makeBidiStreamRequest('/a.B/Chat', serialize, deserialize);
    gone.on('error', () => {});
    gone.on('data', () => gone.cancel());
    gone.write('hello');
    expect((await calls(stage, 4)).sort()).toEqual([
      'a.B/Chat CANCELLED ok',
      'a.B/Chat DATA_LOSS error DATA_LOSS',
      'a.B/List OK ok',
      'a.B/Sum OK ok',
    ]);
    const cpu = (await stage.metrics()).filter(
      ({ name, tags }) => name === 'rpc.server.call.cpu' && tags.rpc_method === 'a.B/Sum',
    );
    expect(Number(cpu[0]!.value)).toBeGreaterThan(24);
  },
  300_000,
);
