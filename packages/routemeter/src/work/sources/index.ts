import type { UnitSource } from '../source.ts';
import { amqplib } from './amqplib.ts';
import { bullmq } from './bullmq.ts';
import { confluentKafka } from './confluent-kafka.ts';
import { cron } from './cron.ts';
import { croner } from './croner.ts';
import { grpc } from './grpc.ts';
import { kafkajs } from './kafkajs.ts';
import { nodeCron } from './node-cron.ts';
import { nodeSchedule } from './node-schedule.ts';
import type { UnitPlaceName } from './places.ts';
import { trpc } from './trpc.ts';

/** Installed when their module is loaded, or handed to `units()`. */
export const UNIT_SOURCES: Readonly<Record<UnitPlaceName, UnitSource>> = {
  amqplib,
  bullmq,
  'confluent-kafka': confluentKafka,
  cron,
  croner,
  grpc,
  kafkajs,
  'node-cron': nodeCron,
  'node-schedule': nodeSchedule,
  trpc,
};
