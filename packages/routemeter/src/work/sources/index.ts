import type { UnitSource } from '../source.ts';
import { agenda } from './agenda.ts';
import { amqplib } from './amqplib.ts';
import { apollo } from './apollo.ts';
import { bullmq } from './bullmq.ts';
import { confluentKafka } from './confluent-kafka.ts';
import { cron } from './cron.ts';
import { croner } from './croner.ts';
import { graphileWorker } from './graphile-worker.ts';
import { grpc } from './grpc.ts';
import { kafkajs } from './kafkajs.ts';
import { mercurius } from './mercurius.ts';
import { nestMicroservices } from './nest-microservices.ts';
import { nestSchedule } from './nest-schedule.ts';
import { nodeCron } from './node-cron.ts';
import { nodeSchedule } from './node-schedule.ts';
import { pgBoss } from './pg-boss.ts';
import { piscina } from './piscina.ts';
import type { UnitPlaceName } from './places.ts';
import { socketIo } from './socket-io.ts';
import { trpc } from './trpc.ts';
import { ws } from './ws.ts';
import { yoga } from './yoga.ts';

/** Installed when their module is loaded, or handed to `units()`. */
export const UNIT_SOURCES: Readonly<Record<UnitPlaceName, UnitSource>> = {
  agenda,
  amqplib,
  apollo,
  bullmq,
  'confluent-kafka': confluentKafka,
  cron,
  croner,
  'graphile-worker': graphileWorker,
  grpc,
  kafkajs,
  mercurius,
  'nest-microservices': nestMicroservices,
  'nest-schedule': nestSchedule,
  'node-cron': nodeCron,
  'node-schedule': nodeSchedule,
  'pg-boss': pgBoss,
  piscina,
  'socket.io': socketIo,
  trpc,
  ws,
  yoga,
};
