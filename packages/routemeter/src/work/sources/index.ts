import type { UnitSource } from '../source.ts';
import { agenda } from './agenda.ts';
import { amqplib } from './amqplib.ts';
import { bullmq } from './bullmq.ts';
import { confluentKafka } from './confluent-kafka.ts';
import { graphileWorker } from './graphile-worker.ts';
import { kafkajs } from './kafkajs.ts';
import { pgBoss } from './pg-boss.ts';
import type { UnitPlaceName } from './places.ts';

/** Installed when their module is loaded, or handed to `units()`. */
export const UNIT_SOURCES: Readonly<Record<UnitPlaceName, UnitSource>> = {
  agenda,
  amqplib,
  bullmq,
  'confluent-kafka': confluentKafka,
  'graphile-worker': graphileWorker,
  kafkajs,
  'pg-boss': pgBoss,
};
