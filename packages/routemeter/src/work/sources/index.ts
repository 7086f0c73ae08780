import type { UnitSource } from '../source.ts';
import { amqplib } from './amqplib.ts';
import { bullmq } from './bullmq.ts';
import { confluentKafka } from './confluent-kafka.ts';
import { kafkajs } from './kafkajs.ts';
import type { UnitPlaceName } from './places.ts';

/** Installed when their module is loaded, or handed to `units()`. */
export const UNIT_SOURCES: Readonly<Record<UnitPlaceName, UnitSource>> = {
  amqplib,
  bullmq,
  'confluent-kafka': confluentKafka,
  kafkajs,
};
