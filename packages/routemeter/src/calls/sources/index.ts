import type { BuiltinSource, ModuleSource } from '../source.ts';
import { amqplib } from './amqplib.ts';
import { betterSqlite3 } from './better-sqlite3.ts';
import { bullmq } from './bullmq.ts';
import { childProcess } from './child-process.ts';
import { confluentKafka } from './confluent-kafka.ts';
import { domainNames } from './dns.ts';
import { grpc } from './grpc.ts';
import { httpClient } from './http-client.ts';
import { http2Client } from './http2-client.ts';
import { ioredis } from './ioredis.ts';
import { kafkajs } from './kafkajs.ts';
import { memcached } from './memcached.ts';
import { memjs } from './memjs.ts';
import { mongodb } from './mongodb.ts';
import { mysql2 } from './mysql2.ts';
import { nodeSqlite } from './node-sqlite.ts';
import { nodemailer } from './nodemailer.ts';
import { pg } from './pg.ts';
import type { PlaceName } from './places.ts';
import { redis } from './redis.ts';
import { fetching, undici } from './undici.ts';

/** Installed as soon as a meter sends calls. */
export const BUILTINS: readonly BuiltinSource[] = [
  fetching,
  httpClient,
  http2Client,
  childProcess,
  domainNames,
];

/** Installed when their module is loaded, or handed to `upstreams()`. */
export const MODULES: Readonly<Record<PlaceName, ModuleSource>> = {
  pg,
  mysql2,
  mongodb,
  nodeSqlite,
  betterSqlite3,
  ioredis,
  redis,
  undici,
  grpc,
  amqplib,
  kafkajs,
  'confluent-kafka': confluentKafka,
  bullmq,
  memcached,
  memjs,
  nodemailer,
};
