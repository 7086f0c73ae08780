import { PLACES, type Place } from '../../calls/sources/places.ts';

/**
 * One row per library that hands units of work to handlers, without its code: the preload reads these in every
 * process. The key is the source's in `index.ts`.
 */
export const UNIT_PLACES = {
  agenda: [
    { package: 'agenda', file: /(?<=\/[^/]*agenda[^/]*)\/dist\/Job\.js$/, majors: [6], names: ['Job'] },
  ],
  amqplib: PLACES.amqplib,
  // In both formats, as Yoga's.
  apollo: [
    {
      package: '@apollo/server',
      file: /\/dist\/(?:cjs|esm)\/ApolloServer\.js$/,
      majors: [5],
      names: ['ApolloServer'],
    },
  ],
  bullmq: [
    { package: 'bullmq', file: /(?<=\/[^/]*bullmq[^/]*)\/dist\/cjs\/classes\/worker\.js$/, majors: [5, 6] },
    { package: 'bullmq', file: /(?<=\/[^/]*bullmq[^/]*)\/dist\/cjs\/classes\/job\.js$/, majors: [5, 6] },
  ],
  'confluent-kafka': PLACES['confluent-kafka'],
  cron: [{ package: 'cron', file: /(?<=\/[^/]*cron[^/]*)\/dist\/job\.js$/, majors: [4] }],
  croner: [
    { package: 'croner', file: /(?<=\/[^/]*croner[^/]*)\/dist\/croner\.cjs$/, majors: [10, 11] },
    {
      package: 'croner',
      file: /(?<=\/[^/]*croner[^/]*)\/dist\/croner\.js$/,
      majors: [10, 11],
      names: ['Cron'],
    },
  ],
  grpc: [{ package: '@grpc/grpc-js', file: /(?<=\/grpc-js[^/]*)\/build\/src\/server\.js$/, majors: [1] }],
  'graphile-worker': [
    {
      package: 'graphile-worker',
      file: /(?<=\/[^/]*graphile-worker[^/]*)\/dist\/worker\.js$/,
      majors: [0],
    },
    {
      package: 'graphile-worker',
      file: /(?<=\/[^/]*graphile-worker[^/]*)\/dist\/helpers\.js$/,
      majors: [0],
    },
  ],
  kafkajs: PLACES.kafkajs,
  mercurius: [{ package: 'mercurius', file: /(?<=\/[^/]*mercurius[^/]*)\/index\.js$/, majors: [16] }],
  'nest-microservices': [
    {
      package: '@nestjs/microservices',
      file: /(?<=\/microservices[^/]*)\/(?:server\/server|exceptions\/base-rpc-exception-filter)\.js$/,
      majors: [11, 12],
      names: ['Server', 'BaseRpcExceptionFilter'],
    },
  ],
  'nest-schedule': [
    {
      package: '@nestjs/schedule',
      file: /(?<=\/schedule[^/]*)\/dist\/schedule(?:\.explorer|r\.orchestrator)\.js$/,
      majors: [6, 12],
      names: ['ScheduleExplorer', 'SchedulerOrchestrator'],
    },
  ],
  'pg-boss': [
    {
      package: 'pg-boss',
      file: /(?<=\/[^/]*pg-boss[^/]*)\/dist\/index\.js$/,
      majors: [12],
      names: ['PgBoss'],
    },
  ],
  'node-cron': [
    { package: 'node-cron', file: /(?<=\/[^/]*node-cron[^/]*)\/dist\/_shared\.cjs$/, majors: [4] },
    {
      package: 'node-cron',
      file: /(?<=\/[^/]*node-cron[^/]*)\/dist\/_shared\.js$/,
      majors: [4],
      names: ['InlineScheduledTask'],
    },
  ],
  'node-schedule': [
    { package: 'node-schedule', file: /(?<=\/[^/]*node-schedule[^/]*)\/lib\/Job\.js$/, majors: [2] },
  ],
  piscina: [
    {
      package: 'piscina',
      file: /(?<=\/piscina[^/]*)\/dist\/worker_pool\/index\.js$/,
      majors: [5],
    },
  ],
  'socket.io': [{ package: 'socket.io', file: /(?<=\/socket\.io[^/]*)\/dist\/socket\.js$/, majors: [4] }],
  trpc: [
    { package: '@trpc/server', file: /\/dist\/(?:[\w-]+\/)?initTRPC(?:-[^/]*)?\.c?js$/, majors: [11] },
    {
      package: '@trpc/server',
      file: /\/dist\/(?:[\w-]+\/)?initTRPC(?:-[^/]*)?\.mjs$/,
      majors: [11],
      names: ['initTRPC'],
    },
  ],
  ws: [{ package: 'ws', file: /\/lib\/websocket-server\.js$/, majors: [8] }],
  yoga: [
    {
      package: 'graphql-yoga',
      file: /\/(?:cjs|esm)\/server\.js$/,
      majors: [5],
      names: ['YogaServer', 'createYoga'],
    },
  ],
} as const satisfies Record<string, readonly Place[]>;

export type UnitPlaceName = keyof typeof UNIT_PLACES;
