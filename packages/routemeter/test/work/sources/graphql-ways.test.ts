import { createHash } from 'node:crypto';
import { afterEach, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { units } from '../../../src/work/follow-units.ts';
import { unitInstallation } from '../../../src/work/installation.ts';
import { openStage } from '../../calls/stage.ts';
import { type Api, graphqlModule, graphqlStacks, type Opened, type Stack } from '../graphql-servers.ts';

const { apollo, yoga, mercurius } = await graphqlStacks();

const API: Api = {
  typeDefs: `
    type User { id: ID! name: String friends: [String!]! }
    type Query { user(id: ID): User posts: [String] }
    type Subscription { ticks: Int }
  `,
  resolvers: {
    Query: { user: (_, { id = '1' }) => ({ id }), posts: () => ['p', 'q'] },
    User: { name: async () => 'Ada', friends: () => ['Bob', 'Eve'] },
    Subscription: {
      ticks: {
        async *subscribe() {
          for (let ticks = 0; ticks < 3; ticks++) yield { ticks };
        },
      },
    },
  },
};

const close: Array<() => unknown> = [];
afterEach(async () => {
  for (const one of close.splice(0).reverse()) await one();
  unitInstallation().remove();
});

interface Staged extends Opened {
  /** What was recorded since this was asked last: name and outcome of each operation. */
  added(): Promise<string[]>;
}

async function staged(stack: Stack, isFollowed: boolean, options: object): Promise<Staged> {
  const stage = await openStage({});
  if (isFollowed) units(stage.meter, ...stack.modules);
  const opened = await stack.open(API, options);
  if (isFollowed && opened.app !== undefined) units(opened.app);
  close.push(stage.stop, opened.close);
  let before: string[] = [];
  return {
    ...opened,
    async added() {
      const all = (await stage.metrics())
        .filter(({ name }) => name === 'graphql.server.operation')
        .map(({ tags }) => `${tags.work_name} ${tags.outcome}`);
      const added = [...all];
      for (const one of before) added.splice(added.indexOf(one), 1);
      before = all;
      return added.sort();
    },
  };
}

/** Does the same with and without us, and expects the same answers; what was recorded with us. */
async function both(
  stack: Stack,
  options: () => object | Promise<object>,
  run: (staged: Staged, told: (names: string[]) => void) => Promise<unknown>,
): Promise<string[][]> {
  const answers: unknown[] = [];
  const names: string[][] = [];
  for (const isFollowed of [false, true]) {
    const opened = await staged(stack, isFollowed, await options());
    const told = (found: string[]) => (isFollowed ? names.push(found) : expect(found).toEqual([]));
    answers.push(await run(opened, told));
    for (const one of close.splice(0).reverse()) await one();
    unitInstallation().remove();
  }
  expect(answers[1]).toEqual(answers[0]);
  return names;
}

const persistedAs = (sha256Hash: string) => ({ extensions: { persistedQuery: { version: 1, sha256Hash } } });
const hashed = (query: string) => persistedAs(createHash('sha256').update(query).digest('hex'));

test.each<[string, Stack, () => object | Promise<object>]>([
  ['Apollo', apollo, () => ({})],
  [
    'Mercurius',
    mercurius,
    async () => {
      const { default: plugin } = await graphqlModule('mercurius');
      return { persistedQueryProvider: plugin.persistedQueryDefaults.automatic() };
    },
  ],
])(
  'automatic persisted queries are named by what they stand for, and hashes are no name: %s',
  async (_, stack, options) => {
    const query = 'query Secret4711 { user { id } }';
    const names = await both(stack, options, async ({ ask, added }, told) => {
      const answers: string[] = [];
      for (const body of [hashed(query), { query, ...hashed(query) }, hashed(query), hashed('4711')]) {
        answers.push(await ask(body));
        told(await added());
      }
      return answers;
    });
    // Without a text there is nothing to run.
    expect(names).toEqual([[], ['query user ok'], ['query user ok'], []]);
  },
  300_000,
);

test.each<[string, Stack, () => object | Promise<object>, (id: string) => object]>([
  [
    'Yoga',
    yoga,
    async () => {
      const { usePersistedOperations } = await graphqlModule('@graphql-yoga/plugin-persisted-operations');
      const getPersistedOperation = (id: string) => (id === 'kept' ? '{ posts }' : null);
      return { plugins: [usePersistedOperations({ getPersistedOperation })] };
    },
    persistedAs,
  ],
  [
    'Mercurius',
    mercurius,
    () => ({ onlyPersisted: true, persistedQueries: { kept: '{ posts }' } }),
    (query) => ({ persisted: true, query }),
  ],
])(
  'operations that the server keeps are named by their fields: %s',
  async (_, stack, options, bodyOf) => {
    const names = await both(stack, options, async ({ ask, added }, told) => {
      const answers: string[] = [];
      for (const body of [bodyOf('kept'), bodyOf('nobody4711'), { query: '{ user { id } }' }]) {
        answers.push(await ask(body));
        told(await added());
      }
      return answers;
    });
    expect(names).toEqual([['query posts ok'], [], []]);
  },
  300_000,
);

test.each([
  ['Apollo', apollo],
  ['Yoga', yoga],
  ['Mercurius', mercurius],
] as const)(
  'of a document with several operations each is named by its own, however often it comes: %s',
  async (_, stack) => {
    const query = 'query A { posts } query B { user { id } }';
    const opened = await staged(stack, true, stack === mercurius ? { jit: 2 } : {});
    for (let at = 0; at < 4; at++) {
      for (const operationName of ['A', 'B']) await opened.ask({ query, operationName });
      expect(await opened.added()).toEqual(['query posts ok', 'query user ok']);
    }
    await opened.ask({ query, operationName: 'Nobody4711' });
    await opened.ask({ query });
    // What Mercurius has compiled answers, whatever was asked for.
    const outcome = stack === mercurius ? 'ok' : 'error';
    expect(await opened.added()).toEqual([`invalid ${outcome}`, `invalid ${outcome}`]);
  },
  300_000,
);

test('@defer and @stream: an operation ends when its first part is there, and the rest arrives as without us', async () => {
  const options = async () => ({
    plugins: [(await graphqlModule('@graphql-yoga/plugin-defer-stream')).useDeferStream()],
  });
  const names = await both(yoga, options, async ({ ask, added }, told) => {
    const answers: string[] = [];
    for (const query of ['{ user { id ... @defer { name } } }', '{ posts @stream(initialCount: 1) }']) {
      answers.push(await ask({ query }, { accept: 'multipart/mixed' }));
      told(await added());
    }
    expect(answers[0]).toMatch(/"hasNext":true.*Ada.*"hasNext":false/s);
    return answers;
  });
  expect(names).toEqual([['query user ok'], ['query posts ok']]);
});

test('a subscription over server-sent events is one operation until its stream begins; events are none', async () => {
  const names = await both(
    yoga,
    () => ({}),
    async ({ ask, added }, told) => {
      const answer = await ask(
        { query: 'subscription Secret4711 { ticks }' },
        { accept: 'text/event-stream' },
      );
      expect(answer.match(/"ticks":\d/g)).toEqual(['"ticks":0', '"ticks":1', '"ticks":2']);
      told(await added());
      return answer;
    },
  );
  expect(names).toEqual([['subscription ticks ok']]);
});

test('over a socket Mercurius follows queries, and no subscriptions', async () => {
  const { createClient } = await graphqlModule('graphql-ws');
  const names = await both(
    mercurius,
    () => ({ subscription: { fullWsTransport: true } }),
    async ({ base, added }, told) => {
      const client = createClient({ url: `${base.replace('http', 'ws')}/graphql`, webSocketImpl: WebSocket });
      const results = async (query: string) => {
        const found: unknown[] = [];
        for await (const result of client.iterate({ query })) found.push(result);
        return found;
      };
      const answers = [
        await results('query Secret4711 { user { name } }'),
        await results('subscription { ticks }'),
      ];
      expect(answers.map(({ length }) => length)).toEqual([1, 3]);
      await client.dispose();
      told(await added());
      return answers;
    },
  );
  expect(names).toEqual([['query user ok']]);
});
