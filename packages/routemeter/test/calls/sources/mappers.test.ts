import { createRequire } from 'node:module';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { installedFolder } from '../../../../testkit/src/installed.ts';
import { debianPrograms } from '../../../../testkit/src/servers/debian.ts';
import { MARIADB_PROGRAMS, startMariadb } from '../../../../testkit/src/servers/mariadb.ts';
import { startMongodbStandIn } from '../../../../testkit/src/servers/mongodb-stand-in.ts';
import { upstreams } from '../../../src/calls/upstreams.ts';
import { openStage } from '../stage.ts';

const missing = await debianPrograms(MARIADB_PROGRAMS);
const server = missing === null ? await startMariadb() : null;
const folder = await installedFolder('mappers', {
  dependencies: {
    'drizzle-orm': '0.45.4',
    knex: '3.3.0',
    mongoose: '9.12.1',
    mysql2: '3.24.6',
    'reflect-metadata': '0.2.2',
    sequelize: '6.37.8',
    typeorm: '1.1.1',
  },
});
// biome-ignore lint/suspicious/noExplicitAny: installed on demand, without types
const load = createRequire(join(folder, 'x.js')) as (name: string) => any;
const mysql2 = load('mysql2');
afterAll(() => server?.stop());

const port = server?.port ?? 0;
const address = { host: '127.0.0.1', port, user: 'test', database: 'test' };

/** A mapper over its driver: `find` is one statement, `add` one in a transaction of its own. */
interface Mapper {
  title: string;
  open(): Promise<{ find(): Promise<unknown>; add?(): Promise<unknown>; close(): Promise<unknown> }>;
  transaction: Record<string, number>;
}

const MAPPERS: readonly Mapper[] = [
  {
    title: 'knex 3',
    transaction: { 'mysql BEGIN': 1, 'mysql INSERT people': 1, 'mysql COMMIT': 1 },
    async open() {
      const knex = load('knex')({ client: 'mysql2', connection: address, pool: { min: 1, max: 2 } });
      return {
        find: () => knex('people').where({ id: 1 }).first(),
        // biome-ignore lint/suspicious/noExplicitAny: see above
        add: () => knex.transaction((trx: any) => trx('people').insert({ name: 'x' })),
        close: () => knex.destroy(),
      };
    },
  },
  {
    title: 'drizzle-orm 0.45',
    transaction: { 'mysql BEGIN': 1, 'mysql INSERT people': 1, 'mysql COMMIT': 1 },
    async open() {
      const { drizzle } = load('drizzle-orm/mysql2');
      const { int, mysqlTable, varchar } = load('drizzle-orm/mysql-core');
      const people = mysqlTable('people', {
        id: int('id').autoincrement().primaryKey(),
        name: varchar('name', { length: 20 }),
      });
      const pool = load('mysql2/promise').createPool({ ...address, connectionLimit: 2 });
      const database = drizzle(pool);
      return {
        find: () => database.select().from(people).limit(1),
        // biome-ignore lint/suspicious/noExplicitAny: see above
        add: () => database.transaction((tx: any) => tx.insert(people).values({ name: 'x' })),
        close: () => pool.end(),
      };
    },
  },
  {
    title: 'sequelize 6',
    transaction: { 'mysql START': 1, 'mysql INSERT people': 1, 'mysql COMMIT': 1 },
    async open() {
      const { DataTypes, Sequelize } = load('sequelize');
      const sequelize = new Sequelize('test', 'test', '', {
        ...address,
        dialect: 'mysql',
        dialectModule: mysql2,
        logging: false,
        pool: { min: 0, max: 2 },
      });
      const People = sequelize.define(
        'people',
        { name: DataTypes.STRING },
        { timestamps: false, freezeTableName: true },
      );
      return {
        find: () => People.findOne({ where: { id: 1 } }),
        add: () =>
          sequelize.transaction((transaction: unknown) => People.create({ name: 'x' }, { transaction })),
        close: () => sequelize.close(),
      };
    },
  },
  {
    title: 'typeorm 1',
    transaction: { 'mysql START': 1, 'mysql INSERT people': 1, 'mysql COMMIT': 1 },
    async open() {
      load('reflect-metadata');
      const { DataSource, EntitySchema } = load('typeorm');
      const people = new EntitySchema({
        name: 'people',
        columns: { id: { type: Number, primary: true, generated: true }, name: { type: String } },
      });
      const { user: username, ...rest } = address;
      const source = new DataSource({
        ...rest,
        username,
        type: 'mysql',
        driver: mysql2,
        entities: [people],
        poolSize: 2,
      });
      await source.initialize();
      const repository = source.getRepository(people);
      return {
        find: () => repository.findOneBy({ id: 1 }),
        // biome-ignore lint/suspicious/noExplicitAny: see above
        add: () => source.transaction((manager: any) => manager.insert(people, { name: 'x' })),
        close: () => source.destroy(),
      };
    },
  },
];

describe.skipIf(missing !== null)(`mappers over mysql2${missing === null ? '' : ` (${missing})`}`, () => {
  test.each(MAPPERS)(
    '$title: 30 requests at once over two connections, each statement once',
    async ({ open, transaction }) => {
      upstreams(mysql2);
      const admin = load('mysql2/promise').createPool(address);
      await admin.query(
        'create table if not exists people (id int auto_increment primary key, name varchar(20))',
      );
      await admin.end();
      const mapper = await open();
      // What it asks at its first use.
      await mapper.find();
      const stage = await openStage({
        '/three': async () => {
          for (let i = 0; i < 3; i++) await mapper.find();
        },
        '/add': () => mapper.add!(),
      });
      try {
        await Promise.all(Array.from({ length: 30 }, (_, at) => stage.get(at % 2 === 0 ? '/three' : '/add')));
        const rows = (await stage.rows()).filter(
          // Pools of their own open connections when they need one, and set them up.
          ({ name }) => !/CONNECT|PING|mysql SET$|mysql SELECT$/.test(name),
        );
        const of = (path: string) =>
          Object.fromEntries(
            rows.filter(({ route }) => route === path).map(({ name, count }) => [name, count]),
          );
        expect(of('/three')).toEqual({ 'mysql SELECT people': 45 });
        expect(of('/add')).toEqual(
          Object.fromEntries(Object.entries(transaction).map(([name, count]) => [name, count * 15])),
        );
      } finally {
        await stage.stop();
        await mapper.close();
      }
    },
  );
});

test('mongoose 9: an operation is counted by its driver alone', async () => {
  const mongo = await startMongodbStandIn();
  const mongoose = load('mongoose');
  upstreams(mongoose.mongo);
  await mongoose.connect(`mongodb://127.0.0.1:${mongo.port}/test?directConnection=true`, {
    maxPoolSize: 2,
    autoCreate: false,
    autoIndex: false,
  });
  const Person = mongoose.model('Person', new mongoose.Schema({ name: String }));
  const stage = await openStage({
    '/three': async () => {
      for (let i = 0; i < 3; i++) await Person.findOne({ name: 'x' });
    },
    '/save': () => new Person({ name: 'x' }).save(),
    '/cursor': async () => {
      for await (const _ of Person.find({}).cursor());
    },
  });
  try {
    const paths = ['/three', '/save', '/cursor'];
    await Promise.all(Array.from({ length: 30 }, (_, at) => stage.get(paths[at % 3]!)));
    expect((await stage.rows()).map(({ route, name, count }) => [route, name, count]).sort()).toEqual([
      ['/cursor', 'mongodb find people', 10],
      ['/save', 'mongodb insert people', 10],
      ['/three', 'mongodb find people', 30],
    ]);
  } finally {
    await stage.stop();
    await mongoose.disconnect();
    await mongo.stop();
  }
});
