import type { BuiltinSource, ModuleSource } from '../source.ts';
import { amqplib } from './amqplib.ts';
import { bullmq } from './bullmq.ts';
import { confluentKafka } from './confluent-kafka.ts';
import { httpClient } from './http-client.ts';
import { ioredis } from './ioredis.ts';
import { kafkajs } from './kafkajs.ts';
import { memcached } from './memcached.ts';
import { memjs } from './memjs.ts';
import { nodemailer } from './nodemailer.ts';
import { pg } from './pg.ts';
import type { PlaceName } from './places.ts';
import { redis } from './redis.ts';
import { fetching, undici } from './undici.ts';

/** Installed as soon as a meter sends calls. */
export const BUILTINS: readonly BuiltinSource[] = [fetching, httpClient];

/** Installed when their module is loaded, or handed to `upstreams()`. */
export const MODULES: Readonly<Record<PlaceName, ModuleSource>> = {
  pg,
  ioredis,
  redis,
  undici,
  amqplib,
  kafkajs,
  'confluent-kafka': confluentKafka,
  bullmq,
  memcached,
  memjs,
  nodemailer,
};
