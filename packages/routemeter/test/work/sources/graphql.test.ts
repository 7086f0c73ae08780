import { afterEach, describe, expect, test } from 'vitest';
import type { CapturedMetric, CaptureMeter } from '../../../src/testing/index.ts';
import { units } from '../../../src/work/follow-units.ts';
import { unitInstallation } from '../../../src/work/installation.ts';
import { openStage } from '../../calls/stage.ts';
import { Broken } from '../contract.ts';
import { type Api, graphqlStacks, type Stack } from '../graphql-servers.ts';
import { burn, handledContract } from '../handled.ts';

const METRIC = 'graphql.server.operation';
const stacks = await graphqlStacks();
const all = Object.values(stacks);

const fieldOf = (name: string): string => name.replace('-', '_');

for (const stack of all)
  handledContract({
    title: stack.title,
    modules: stack.modules,
    metric: METRIC,
    tags: { work_kind: 'graphql', graphql_operation_type: 'query' },
    shown: (name) => `query ${fieldOf(name)}`,
    failed: { outcome: 'error', error: stack.error },
    async open(names, handle, isFollowed) {
      const fields = names.map((name) => `${fieldOf(name)}(act: String!): String`);
      const resolvers = names.map((name) => [
        fieldOf(name),
        (_: unknown, { act }: Record<string, string>) => handle(name, act!),
      ]);
      const { ask, app, close } = await stack.open({
        typeDefs: `type Query { ${fields.join(' ')} }`,
        resolvers: { Query: Object.fromEntries(resolvers) },
      });
      if (isFollowed && app !== undefined) units(app);
      let count = 0;
      return {
        // What clients call operations differs, but for documents that servers keep.
        call(name, act) {
          const operationName = `Operation${10 + (count++ % 50)}`;
          const query = `query ${operationName}($act: String!) { alias: ${fieldOf(name)}(act: $act) }`;
          return ask({ operationName, query, variables: { act } });
        },
        close,
      };
    },
  });

/** That of the test that runs. */
let meter: CaptureMeter | null = null;

const API: Api = {
  typeDefs: `
    type User { id: ID! name: String }
    type Query { user(id: ID): User posts: [String] slow: String broken: String a: Int b: Int c: Int d: Int e: Int }
    type Mutation { rename(name: String!): User }
  `,
  resolvers: {
    Query: {
      user: (_, { id = '1' }) => ({ id, name: 'Ada' }),
      posts: () => ['p'],
      slow: () =>
        meter!.time('inside', async () => {
          burn(20);
          await new Promise((resolve) => setTimeout(resolve, 1));
          return 'slow';
        }),
      broken: () => {
        throw new Broken('broken');
      },
    },
    Mutation: { rename: (_, { name }) => ({ id: '1', name }) },
  },
};

afterEach(() => unitInstallation().remove());

async function staged(stack: Stack, isFollowed: boolean, options: object = {}) {
  const stage = await openStage({}, options);
  meter = stage.meter;
  let before: string[] = [];
  if (isFollowed) units(stage.meter, ...stack.modules);
  // Documents that come a third time are compiled by Mercurius.
  const opened = await stack.open(API, { jit: 2 });
  if (isFollowed && opened.app !== undefined) units(opened.app);
  return {
    ...opened,
    /** The operations that were recorded since this was asked last. */
    async added() {
      const all = shownOf(await stage.metrics());
      const added = [...all];
      for (const one of before) added.splice(added.indexOf(one), 1);
      before = all;
      return added;
    },
    metrics: stage.metrics,
    async close() {
      await opened.close();
      await stage.stop();
      unitInstallation().remove();
    },
  };
}

function shownOf(metrics: readonly CapturedMetric[]): string[] {
  return metrics
    .filter(({ name }) => name === METRIC)
    .map(({ tags }) => [tags.work_name, tags.outcome, tags.error_type].filter(Boolean).join(' '));
}

/** What clients can send, and what the units of it are called. */
const SENT: ReadonlyArray<[body: object, name: RegExp]> = [
  [{ query: '{ user { name } }' }, /^query user ok$/],
  [{ query: 'query Secret4711 { me: user(id: "4711") { id } }' }, /^query user ok$/],
  [{ query: '{ user { id } posts __typename }' }, /^query posts user ok$/],
  [
    { query: '{ ...F ... { posts } } fragment F on Query { a: user { id } ...G } fragment G on Query { b }' },
    /^query b posts user ok$/,
  ],
  [{ query: '{ e d c b a user { id } }' }, /^query a b c d \.\.\. ok$/],
  [{ query: '{ __typename }' }, /^query __typename ok$/],
  [{ query: 'mutation { x: rename(name: "B") { name } }' }, /^mutation rename ok$/],
  [{ query: 'query A { posts } query B { user { id } }', operationName: 'B' }, /^query user ok$/],
  [{ query: '{ posts broken }' }, /^query broken posts error (?:Broken|INTERNAL_SERVER_ERROR|GraphQLError)$/],
  // What is no operation of the schema is one name.
  [{ query: 'query A { posts } query C { a }', operationName: 'Nobody4711' }, /^invalid error \w+$/],
  [{ query: '{ nosuch4711 }' }, /^invalid error \w+$/],
  [{ query: '{ nosuch4711' }, /^invalid error \w+$/],
  [
    { query: 'query ($n: String!) { posts user(id: $n) { id } }', variables: {} },
    /^(?:query posts user|invalid) error \w+$/,
  ],
];

describe.each(all)('$title', (stack) => {
  test('is named by fields of the schema alone, and answers the same bytes as without us', async () => {
    const answers: string[][] = [];
    for (const isFollowed of [false, true]) {
      const { ask, added, close } = await staged(stack, isFollowed);
      try {
        const got: string[] = [];
        // Documents that come again are kept by servers.
        for (const [body, expected] of [...SENT, ...SENT, ...SENT]) {
          got.push(await ask(body));
          const names = await added();
          if (isFollowed) expect(names).toEqual([expect.stringMatching(expected)]);
          else expect(names).toEqual([]);
        }
        got.push(await ask([SENT[0], SENT[6], SENT[8], SENT[10]].map((one) => one![0])));
        const batch = (await added()).map((name) => name.replace(/ \w+$/, '')).sort();
        const expected = ['invalid error', 'mutation rename', 'query broken posts error', 'query user'];
        expect(batch).toEqual(isFollowed ? expected : []);
        // Nothing that could be run.
        got.push(await ask({ query: '' }));
        // A page of Express shows the stack, with functions of ours in it.
        got.push((await ask('{')).slice(0, 3));
        expect((await added()).filter((name) => !name.startsWith('invalid error'))).toEqual([]);
        answers.push(got);
      } finally {
        await close();
      }
    }
    expect(answers[1]).toEqual(answers[0]);
  });

  test.each([{}, { cpu: 'off' } as const])(
    'of a batch each operation has its own CPU and blocks: %j',
    async (options) => {
      const { ask, metrics, close } = await staged(stack, true, options);
      try {
        await ask(Array.from({ length: 6 }, (_, at) => ({ query: at % 3 === 0 ? '{ slow }' : '{ posts }' })));
        const all = await metrics();
        const inside = all.filter(({ name }) => name === 'inside').map(({ tags }) => tags.work_name);
        expect(inside).toEqual(['query slow', 'query slow']);
        const cpu = all.filter(({ name }) => name === `${METRIC}.cpu`);
        expect(cpu).toHaveLength('cpu' in options ? 0 : 6);
        for (const { tags, value } of cpu)
          if (tags.work_name === 'query slow') expect(Number(value)).toBeGreaterThan(15);
          else expect(Number(value)).toBeLessThan(15);
      } finally {
        await close();
      }
    },
    300_000,
  );
});
