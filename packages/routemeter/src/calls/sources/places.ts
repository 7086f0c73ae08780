/** By which file of a package the preload gets hold of a library. */
export interface Place {
  /** The package's name on npm. */
  package: string;
  /** The end of the path of the file; what stands before is the package's folder. */
  file: RegExp;
  majors: readonly number[];
  /** Of an ES module: what the file declares and is handed over. */
  names?: readonly string[];
}

/**
 * One row per library, without its code: the preload reads these in every process. The key is the source's
 * in `index.ts`; a library with several files has several rows.
 */
export const PLACES = {
  pg: [
    { package: 'pg', file: /(?<=\/pg[^/]*)\/lib\/client\.js$/, majors: [8] },
    { package: 'pg-pool', file: /(?<=\/pg-pool[^/]*)\/index\.js$/, majors: [3] },
  ],
  mysql2: [
    { package: 'mysql2', file: /(?<=\/[^/]*mysql2[^/]*)\/lib\/connection\.js$/, majors: [2, 3] },
    { package: 'mysql2', file: /(?<=\/[^/]*mysql2[^/]*)\/lib\/pool\.js$/, majors: [2, 3] },
  ],
  mongodb: [{ package: 'mongodb', file: /(?<=\/[^/]*mongodb[^/]*)\/lib\/mongo_client\.js$/, majors: [6, 7] }],
  nodeSqlite: [{ package: 'node:sqlite', file: /^node:sqlite$/, majors: [22, 24, 26] }],
  betterSqlite3: [
    {
      package: 'better-sqlite3',
      file: /(?<=\/[^/]*better-sqlite3[^/]*)\/lib\/(?:index|(?:darwin|linux|linuxmusl|win32)-(?:x64|arm64))\.js$/,
      majors: [12, 13],
    },
  ],
  ioredis: [{ package: 'ioredis', file: /(?<=\/[^/]*ioredis[^/]*)\/built\/index\.js$/, majors: [5, 6] }],
  redis: [
    { package: '@redis/client', file: /(?<=\/client)\/dist\/lib\/client\/index\.js$/, majors: [5, 6] },
    { package: '@redis/client', file: /(?<=\/client)\/dist\/lib\/client\/pool\.js$/, majors: [5, 6] },
  ],
  grpc: [{ package: '@grpc/grpc-js', file: /(?<=\/grpc-js[^/]*)\/build\/src\/channel\.js$/, majors: [1] }],
  undici: [{ package: 'undici', file: /(?<=\/[^/]*undici[^/]*)\/index\.js$/, majors: [6, 7, 8] }],
  amqplib: [
    {
      package: 'amqplib',
      file: /(?<=\/[^/]*amqplib[^/]*)\/lib\/channel_model\.js$/,
      majors: [0, 1, 2],
    },
    {
      package: 'amqplib',
      file: /(?<=\/[^/]*amqplib[^/]*)\/lib\/callback_model\.js$/,
      majors: [0, 1, 2],
    },
  ],
  kafkajs: [{ package: 'kafkajs', file: /(?<=\/[^/]*kafkajs[^/]*)\/src\/index\.js$/, majors: [2] }],
  'confluent-kafka': [
    {
      package: '@confluentinc/kafka-javascript',
      file: /(?<=\/[^/]*kafka-javascript[^/]*)\/lib\/index\.js$/,
      majors: [1],
    },
  ],
  bullmq: [
    { package: 'bullmq', file: /(?<=\/[^/]*bullmq[^/]*)\/dist\/cjs\/classes\/queue\.js$/, majors: [5, 6] },
    {
      package: 'bullmq',
      file: /(?<=\/[^/]*bullmq[^/]*)\/dist\/cjs\/classes\/flow-producer\.js$/,
      majors: [5, 6],
    },
  ],
  memcached: [{ package: 'memcached', file: /(?<=\/[^/]*memcached[^/]*)\/index\.js$/, majors: [2] }],
  memjs: [{ package: 'memjs', file: /(?<=\/[^/]*memjs[^/]*)\/lib\/memjs\/memjs\.js$/, majors: [1] }],
  nodemailer: [
    {
      package: 'nodemailer',
      file: /(?<=\/[^/]*nodemailer[^/]*)\/(?:lib|dist\/cjs)\/mailer\/index\.js$/,
      majors: [6, 7, 8, 9, 10],
    },
    {
      package: 'nodemailer',
      file: /(?<=\/[^/]*nodemailer[^/]*)\/dist\/esm\/mailer\/index\.js$/,
      majors: [10],
      names: ['Mail'],
    },
  ],
} as const satisfies Record<string, readonly Place[]>;

export type PlaceName = keyof typeof PLACES;
