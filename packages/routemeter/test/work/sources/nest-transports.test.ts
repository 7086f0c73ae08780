import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type * as Common from '@nestjs/common';
import type * as Core from '@nestjs/core';
import { afterAll, afterEach, describe, expect, test, vi } from 'vitest';
import { importFrom, NEST_JOBS, nestJobsFolder } from '../../../../testkit/src/contract/nest/jobs.ts';
import { debianPrograms } from '../../../../testkit/src/servers/debian.ts';
import { kafkaProgram, startKafka } from '../../../../testkit/src/servers/kafka.ts';
import { MOSQUITTO_PROGRAMS, startMosquitto } from '../../../../testkit/src/servers/mosquitto.ts';
import { NATS_PROGRAMS, startNats } from '../../../../testkit/src/servers/nats.ts';
import { freePort, type Program } from '../../../../testkit/src/servers/program.ts';
import { RABBITMQ_PROGRAMS, startRabbitmq } from '../../../../testkit/src/servers/rabbitmq.ts';
import { units } from '../../../src/work/follow-units.ts';
import { unitInstallation } from '../../../src/work/installation.ts';
import { openStage, type Stage } from '../../calls/stage.ts';
import { Broken } from '../contract.ts';
import { burn } from '../handled.ts';

// biome-ignore lint/suspicious/noExplicitAny: two majors of packages that have no types here
type Loaded = any;
type Handlers = Record<string, [MethodDecorator, (...args: never[]) => unknown]>;

interface Broker {
  /** OpenTelemetry's word for it. */
  system: string;
  missing: string | null;
  start(): Promise<Program & { url: string }>;
  options(url: string, queue: string): object;
}

const BROKERS: Record<string, Broker> = {
  RMQ: {
    system: 'rabbitmq',
    missing: await debianPrograms(RABBITMQ_PROGRAMS),
    start: startRabbitmq,
    options: (url, queue) => ({ urls: [url], queue, queueOptions: { durable: false } }),
  },
  NATS: {
    system: 'nats',
    missing: await debianPrograms(NATS_PROGRAMS),
    start: startNats,
    options: (url) => ({ servers: [url] }),
  },
  MQTT: {
    system: 'mqtt',
    missing: await debianPrograms(MOSQUITTO_PROGRAMS),
    start: startMosquitto,
    options: (url) => ({ url }),
  },
};

/** Each broker serves all tests. */
const running = new Map<string, Promise<Program & { url: string }>>();
afterAll(async () => {
  for (const broker of running.values()) await (await broker).stop();
});

async function urlOf(transport: string): Promise<string> {
  if (!running.has(transport)) running.set(transport, BROKERS[transport]!.start());
  return (await running.get(transport)!).url;
}

const noKafka = await kafkaProgram();

let stage: Stage | null = null;
const closing: Array<() => unknown> = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
  await stage?.stop();
  stage = null;
  unitInstallation().remove();
});

describe.each(NEST_JOBS)('NestJS %i', async (major) => {
  const folder = await nestJobsFolder(major);
  await importFrom(folder, 'reflect-metadata');
  const common = await importFrom<typeof Common>(folder, '@nestjs/common');
  const core = await importFrom<typeof Core>(folder, '@nestjs/core');
  const micro = await importFrom<Loaded>(folder, '@nestjs/microservices');
  const rxjs = await importFrom<Loaded>(folder, 'rxjs');
  common.Logger.overrideLogger(false);

  /** A microservice with these handlers, and a client of it. */
  async function serve(transport: string, options: object, handlers: Handlers) {
    class Controller {}
    for (const [name, [decorate, value]] of Object.entries(handlers)) {
      Object.defineProperty(Controller.prototype, name, { value, writable: true, configurable: true });
      decorate(Controller.prototype, name, Object.getOwnPropertyDescriptor(Controller.prototype, name)!);
    }
    common.Controller()(Controller);
    class App {}
    common.Module({ controllers: [Controller] })(App);
    const how = { transport: micro.Transport[transport], options };
    const app: Loaded = await core.NestFactory.createMicroservice(App, { ...how, logger: false } as never);
    closing.push(() => app.close());
    await app.listen();
    const client = micro.ClientProxyFactory.create(how);
    closing.push(() => client.close());
    return client;
  }

  /** What a client is answered, and the class of what was recorded. */
  const answerOf = (answers: Loaded): Promise<unknown> =>
    rxjs.firstValueFrom(answers).catch((error: { message?: string }) => `failed: ${error.message ?? error}`);
  const recorded = async (count: number) =>
    vi.waitFor(
      async () => {
        const found = (await stage!.metrics()).filter(({ name }) =>
          ['rpc.server.call', 'messaging.process'].includes(name),
        );
        expect(found).toHaveLength(count);
        return found
          .map(({ tags }) =>
            [
              tags.work_kind,
              tags.messaging_system ?? tags.rpc_system,
              tags.work_name,
              tags.outcome,
              tags.error_type,
            ]
              .filter(Boolean)
              .join(' '),
          )
          .sort();
      },
      { timeout: 60_000, interval: 50 },
    );

  const { MessagePattern, EventPattern } = micro;
  /** Counts what ran, since nobody answers an event. */
  function handlersOf(ran: string[]): Handlers {
    const event = (name: string, pattern: string): Handlers[string] => [
      EventPattern(pattern),
      async () => {
        await stage!.meter.time(name, () => burn(10));
        ran.push(name);
      },
    ];
    return {
      sum: [MessagePattern('math.sum'), (parts: number[]) => parts.reduce((total, part) => total + part)],
      fail: [
        MessagePattern({ cmd: 'fail' }),
        async () => {
          throw new Broken('broken');
        },
      ],
      first: event('first', 'order.placed'),
      second: event('second', 'order.placed'),
      lost: [
        EventPattern('order.lost'),
        async () => {
          ran.push('lost');
          throw new Broken('lost');
        },
      ],
    };
  }

  for (const [transport, { system, missing, options }] of Object.entries(BROKERS))
    test.skipIf(missing !== null)(
      `${transport}: patterns are named as they are written, replies are calls and events are messages${missing === null ? '' : ` (${missing})`}`,
      async () => {
        const url = await urlOf(transport);
        stage = await openStage({});
        units(stage.meter, micro);
        const ran: string[] = [];
        const client = await serve(transport, options(url, `nest-${major}`), handlersOf(ran));
        for (let at = 0; at < 3; at++) {
          expect(await answerOf(client.send('math.sum', [at, 1]))).toBe(at + 1);
          expect(await answerOf(client.send({ cmd: 'fail' }, [4711]))).toMatch(/^failed: /);
          await rxjs.firstValueFrom(client.emit('order.placed', { id: 4711 + at }));
          await rxjs.firstValueFrom(client.emit('order.lost', { id: 4711 + at }));
        }
        await vi.waitFor(() => expect(ran).toHaveLength(9), { timeout: 60_000 });
        const each = (text: string) => Array(3).fill(text);
        expect(await recorded(12)).toEqual([
          ...each(`message ${system} order.lost error Broken`),
          ...each(`message ${system} order.placed ok`),
          ...each('rpc nestjs cmd:fail error Broken'),
          ...each('rpc nestjs math.sum ok'),
        ]);
        const metrics = await stage.metrics();
        for (const block of ['first', 'second']) {
          const blocks = metrics.filter(({ name }) => name === block);
          expect(blocks.map(({ tags }) => tags.work_name)).toEqual(each('order.placed'));
        }
      },
      300_000,
    );

  test.skipIf(BROKERS.RMQ!.missing !== null)(
    'RMQ, with amqplib followed as well: a message is one unit, that of its pattern, and an answer is none',
    async () => {
      const url = await urlOf('RMQ');
      stage = await openStage({});
      units(stage.meter, micro, await importFrom<Loaded>(folder, 'amqplib'));
      const ran: string[] = [];
      const client = await serve('RMQ', BROKERS.RMQ!.options(url, `both-${major}`), handlersOf(ran));
      for (let at = 0; at < 3; at++) {
        expect(await answerOf(client.send('math.sum', [at, 1]))).toBe(at + 1);
        await rxjs.firstValueFrom(client.emit('order.placed', {}));
      }
      await vi.waitFor(() => expect(ran).toHaveLength(6), { timeout: 60_000 });
      const each = (text: string) => Array(3).fill(text);
      expect(await recorded(6)).toEqual([
        ...each('message rabbitmq order.placed ok'),
        ...each('rpc nestjs math.sum ok'),
      ]);
    },
    300_000,
  );

  test.skipIf(noKafka !== null)(
    `Kafka: topics are patterns, and so is one of several topics${noKafka === null ? '' : ` (${noKafka})`}`,
    async () => {
      const broker = await startKafka(['math.sum', 'math.sum.reply', 'order.placed', 'order.lost']);
      closing.push(broker.stop);
      stage = await openStage({});
      units(stage.meter, micro);
      const ran: string[] = [];
      const { sum, first } = handlersOf(ran);
      // Of several topics since 12.
      const lost = major === 11 ? 'order.lost' : /^order\.l/;
      const options = {
        client: { brokers: [`127.0.0.1:${broker.port}`], logLevel: 0 },
        consumer: { groupId: 'nest' },
        subscribe: { fromBeginning: true },
      };
      const client = await serve('KAFKA', options, {
        sum: sum!,
        first: first!,
        lost: [EventPattern(lost), async () => ran.push('lost')],
      });
      client.subscribeToResponseOf('math.sum');
      await client.connect();
      for (let at = 0; at < 3; at++) {
        expect(await answerOf(client.send('math.sum', [at, 1]))).toBe(String(at + 1));
        for (const topic of ['order.placed', 'order.lost'])
          await rxjs.firstValueFrom(client.emit(topic, { id: 4711 + at }));
      }
      await vi.waitFor(() => expect(ran).toHaveLength(6), { timeout: 60_000 });
      const each = (text: string) => Array(3).fill(text);
      expect(await recorded(9)).toEqual([
        ...each(`message kafka ${major === 11 ? 'order.lost' : 'order.l'} ok`),
        ...each('message kafka order.placed ok'),
        ...each('rpc nestjs math.sum ok'),
      ]);
    },
    300_000,
  );

  test('gRPC: a call is a unit of the library, named by its path, whatever its decorator', async () => {
    const grpc = await importFrom<Loaded>(folder, '@grpc/grpc-js');
    const path = mkdtempSync(join(tmpdir(), 'routemeter-nest-'));
    closing.push(() => rmSync(path, { recursive: true }));
    const protoPath = join(path, 'math.proto');
    writeFileSync(
      protoPath,
      `syntax = "proto3";
      package math;
      message Numbers { repeated int32 parts = 1; }
      message Number { int32 value = 1; }
      service Math {
        rpc Sum (Numbers) returns (Number);
        rpc Fail (Numbers) returns (Number);
        rpc Count (Numbers) returns (stream Number);
      }`,
    );
    stage = await openStage({});
    units(stage.meter, micro, grpc);
    const { GrpcMethod } = micro;
    const options = { url: `127.0.0.1:${await freePort()}`, package: 'math', protoPath };
    const client = await serve('GRPC', options, {
      sum: [
        GrpcMethod('Math', 'Sum'),
        ({ parts }: { parts: number[] }) => ({ value: parts.reduce((total, part) => total + part) }),
      ],
      fail: [
        GrpcMethod('Math', 'Fail'),
        () => {
          throw new micro.RpcException({ code: grpc.status.INTERNAL, message: 'no' });
        },
      ],
      count: [
        GrpcMethod('Math', 'Count'),
        ({ parts }: { parts: number[] }) => rxjs.from(parts.map((value) => ({ value }))),
      ],
    });
    const math = client.getService('Math');
    for (let at = 0; at < 3; at++) {
      expect(await answerOf(math.sum({ parts: [at, 1] }))).toEqual({ value: at + 1 });
      expect(await answerOf(math.fail({ parts: [] }))).toContain('INTERNAL');
      const counted = math.count({ parts: [1, 2, 3] }).pipe(rxjs.toArray());
      expect(await answerOf(counted)).toHaveLength(3);
    }
    const each = (text: string) => Array(3).fill(text);
    expect(await recorded(9)).toEqual([
      ...each('rpc grpc math.Math/Count ok'),
      ...each('rpc grpc math.Math/Fail error INTERNAL'),
      ...each('rpc grpc math.Math/Sum ok'),
    ]);
  });
});
