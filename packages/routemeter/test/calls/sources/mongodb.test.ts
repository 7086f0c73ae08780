import * as mongodb6 from 'mongodb6';
import * as mongodb7 from 'mongodb7';
import { afterAll, describe, expect, test } from 'vitest';
import { startMongodbStandIn } from '../../../../testkit/src/servers/mongodb-stand-in.ts';
import { type Operations, sourceContract } from '../contract.ts';
import { leafOf, openStage } from '../stage.ts';

const server = await startMongodbStandIn();
afterAll(() => server.stop());

const address = `mongodb://127.0.0.1:${server.port}/test?directConnection=true`;
const names = { quick: 'mongodb find users', slow: 'mongodb find slow', failing: 'mongodb find missing' };

const MAJORS = [
  ['mongodb 6', mongodb6 as unknown as typeof mongodb7],
  ['mongodb 7', mongodb7],
] as const;

describe.each(MAJORS)('%s', (title, mongodb) => {
  sourceContract({
    title,
    modules: [mongodb],
    names,
    beside: ['mongodb CONNECT'],
    error: 'MongoServerError',
    open: async (maxPoolSize): Promise<Operations> => {
      const client = new mongodb.MongoClient(address, { maxPoolSize });
      const database = client.db();
      const users = database.collection('users');
      return {
        quick: () => users.findOne({ name: 'x' }),
        slow: (ms) => database.collection('slow').findOne({ ms }),
        failing: () => database.collection('missing').findOne({}),
        secret: async (secret) => {
          await users.findOne({ [secret]: secret }, { comment: secret });
          await users.insertOne({ [secret]: secret });
          await users.aggregate([{ $match: { name: secret } }], { comment: secret }).toArray();
          await database.command({ [secret]: 1 });
          await database.command({ ping: 1, comment: secret });
          await users.updateOne({ name: secret }, { $set: { name: secret } });
        },
        close: () => client.close(),
      };
    },
  });

  async function rowsOf(use: (client: mongodb7.MongoClient) => Promise<unknown>) {
    const client = new mongodb.MongoClient(address, { maxPoolSize: 1 });
    const stage = await openStage({ '/ask': () => use(client) });
    try {
      await stage.get('/ask');
      return (await stage.rows()).map(({ name, count, errors }) => [name, count, errors]);
    } finally {
      await stage.stop();
      await client.close();
    }
  }

  test('a first operation connects; each batch of a cursor is a call, also of a client that was connected before', async () => {
    const rows = await rowsOf(async (client) => {
      for await (const _ of client.db().collection('users').find({}, { batchSize: 1 }));
    });
    expect(rows).toEqual([
      ['mongodb CONNECT', 1, []],
      ['mongodb find users', 1, []],
      ['mongodb getMore users', 2, []],
    ]);
  });

  test('a write that is answered and fails is an error', async () => {
    const rows = await rowsOf((client) =>
      client
        .db()
        .collection('taken')
        .insertOne({ a: 1 })
        .catch(() => {}),
    );
    expect(rows.slice(1)).toEqual([['mongodb insert taken', 1, ['MongoServerError']]]);
  });

  test('a transaction is its commands', async () => {
    const rows = await rowsOf(async (client) => {
      const session = client.startSession();
      await client
        .db()
        .collection('users')
        .insertMany([{ a: 1 }, { a: 2 }], { session });
      await client.db().collection('users').deleteMany({ a: 1 }, { session });
      await session.endSession();
    });
    expect(rows.slice(1)).toEqual([
      ['mongodb insert users', 1, []],
      ['mongodb delete users', 1, []],
    ]);
  });

  test('an aborted call, a lost connection and no server are failed calls, retried ones several', async () => {
    const rows = await rowsOf(async (client) => {
      await client.connect();
      const slow = client.db().collection('slow');
      await slow.findOne({ ms: 5000 }, { signal: AbortSignal.timeout(20) }).catch(() => {});
    });
    expect(rows.slice(1)).toEqual([
      ['mongodb find slow', 1, [expect.stringMatching(/TimeoutError|AbortError/)]],
    ]);

    const lost = await rowsOf((client) =>
      client
        .db()
        .collection('dies')
        .findOne({})
        .catch(() => {}),
    );
    const [, ...finds] = lost.filter(([name]) => name !== 'mongodb CONNECT' || lost[0]![0] === name);
    expect(finds.filter(([name]) => name === 'mongodb find dies')).toEqual([
      ['mongodb find dies', 2, ['MongoNetworkError', 'MongoNetworkError']],
    ]);

    const refused = new mongodb.MongoClient('mongodb://127.0.0.1:1/', { serverSelectionTimeoutMS: 50 });
    const stage = await openStage({
      '/refused': () =>
        refused
          .db()
          .collection('users')
          .findOne({})
          .catch(() => {}),
    });
    try {
      await stage.get('/refused');
      expect((await stage.rows()).map(({ name, count, errors }) => [name, count, errors])).toEqual([
        ['mongodb CONNECT', 1, ['MongoServerSelectionError']],
      ]);
    } finally {
      await stage.stop();
      await refused.close();
    }
  });

  test('the waiting for a connection counts in, and is told apart', async () => {
    const client = new mongodb.MongoClient(address, { maxPoolSize: 1 });
    await client.connect();
    const waits = new Promise((started) => {
      let checkouts = 0;
      client.on('connectionCheckOutStarted', () => {
        if (++checkouts === 2) started(null);
      });
    });
    const stage = await openStage({
      '/slow': () => client.db().collection('slow').findOne({ ms: 40 }),
      '/ask': () => client.db().collection('users').findOne({}),
    });
    try {
      const slow = stage.get('/slow');
      while (client.listenerCount('connectionCheckOutStarted') === 0) await new Promise(setImmediate);
      const asked = stage.get('/ask');
      await waits;
      await Promise.all([slow, asked]);
      const metrics = await stage.metrics();
      const pools = [
        ...(leafOf(metrics, 'pool', '/ask')[names.quick] ?? []),
        ...(leafOf(metrics, 'pool', '/slow')[names.slow] ?? []),
      ];
      // Whichever was second.
      expect(Math.max(...pools)).toBeGreaterThan(0);
      for (const row of await stage.rows()) {
        const [pool = 0] = leafOf(metrics, 'pool', row.route!)[row.name] ?? [];
        expect(row.durations[0]).toBeGreaterThanOrEqual(pool - 0.01);
      }
    } finally {
      await stage.stop();
      await client.close();
    }
  });
});
