import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import * as amqplib from 'amqplib2';
import * as bullmq from 'bullmq6';
import * as kafkajs from 'kafkajs';
import * as nodemailer from 'nodemailer10';
import { expect, test } from 'vitest';
import { upstreams } from '../../src/calls/upstreams.ts';
import { captureMeter } from '../../src/testing/index.ts';

const require = createRequire(import.meta.url);
type Class = { prototype: Record<string, (...args: unknown[]) => unknown> };
const memcached = require('memcached') as Class;
const memjs = require('memjs') as { Client: Class };
const channels = require(join(dirname(require.resolve('amqplib2')), 'lib/channel_model.js')) as Record<
  string,
  Class
>;
const mail = Object.getPrototypeOf(nodemailer.createTransport({ jsonTransport: true })) as Class['prototype'];

const methods = () =>
  [
    [channels.Channel!.prototype, 'publish'],
    [channels.Channel!.prototype, 'consume'],
    [channels.Channel!.prototype, 'assertQueue'],
    [channels.ConfirmChannel!.prototype, 'publish'],
    [channels.ChannelModel!.prototype, 'createChannel'],
    [kafkajs.Kafka.prototype, 'producer'],
    [bullmq.Queue.prototype, 'add'],
    [bullmq.FlowProducer.prototype, 'addBulk'],
    [memcached.prototype, 'command'],
    [memjs.Client.prototype, 'perform'],
    [mail, 'sendMail'],
  ].map(([object, key]) => (object as Class['prototype'])[key as string]!);

test('without a meter that sends calls nothing is replaced; with one it looks as before', async () => {
  const before = methods();
  upstreams(amqplib, kafkajs, bullmq, memcached, memjs, nodemailer);
  await captureMeter().time('block', async () => {});
  expect(methods()).toEqual(before);

  const meter = captureMeter({ upstreams: ['messaging'] });
  const during = methods();
  expect(during.filter((method, at) => method === before[at])).toEqual([]);
  expect(during.map(({ name, length }) => [name, length])).toEqual(
    before.map(({ name, length }) => [name, length]),
  );
  await meter.close();
});

test('a promise that nobody handles is reported as without us, once', async () => {
  const meter = captureMeter({ upstreams: true });
  upstreams(kafkajs, nodemailer);
  const kafka = new kafkajs.Kafka({ brokers: ['127.0.0.1:1'], logLevel: kafkajs.logLevel.NOTHING });
  const producer = kafka.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner });
  const transport = nodemailer.createTransport({ host: '127.0.0.1', port: 1 });
  const reported: unknown[] = [];
  const former = process.listeners('unhandledRejection');
  process.removeAllListeners('unhandledRejection');
  const both = new Promise<void>((done) => {
    process.on('unhandledRejection', (reason) => {
      if (reported.push((reason as Error).constructor.name) === 2) done();
    });
  });
  try {
    await meter.time('block', async () => {
      void producer.send({ topic: 'orders', messages: [{ value: 'value' }] });
      void transport.sendMail({ from: 'a@example.com', to: 'b@example.com', text: 'text' });
    });
    await both;
    expect(reported.sort()).toEqual(['Error', 'KafkaJSError']);
  } finally {
    process.removeAllListeners('unhandledRejection');
    for (const listener of former) process.on('unhandledRejection', listener);
    await meter.close();
  }
});
