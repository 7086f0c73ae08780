import { afterEach, expect, test } from 'vitest';
import {
  type Asked,
  COMBINED,
  type Document,
  forgetCombined,
  INVALID,
  operationName,
} from '../../src/work/sources/graphql.ts';

afterEach(forgetCombined);

const field = (name: string) => ({ kind: 'Field', name: { value: name } });
const spread = (name: string) => ({ kind: 'FragmentSpread', name: { value: name } });
type Selections = ReturnType<typeof field>[];

const operation = (selections: Selections, type = 'query', name = '') => ({
  kind: 'OperationDefinition',
  operation: type,
  ...(name && { name: { value: name } }),
  selectionSet: { selections },
});
const fragment = (name: string, selections: Selections) => ({
  kind: 'FragmentDefinition',
  name: { value: name },
  selectionSet: { selections },
});

/** A schema whose types of operations all have the same fields. */
function schemaOf(names: readonly string[]): Asked['schema'] {
  const type = { getFields: () => Object.fromEntries(names.map((name) => [name, {}])) };
  return { getQueryType: () => type, getMutationType: () => type, getSubscriptionType: () => null };
}

const NAMES = ['user', 'posts', ...Array.from({ length: 100 }, (_, at) => `f${at}`)];
const schema = schemaOf(NAMES);
const nameOf = (...definitions: Document['definitions']) =>
  operationName({ schema, document: { definitions } });

test('a name tells type and fields of the schema, each once, in the order of the alphabet', () => {
  expect(nameOf(operation([field('user'), field('posts'), field('user')]))).toBe('query posts user');
  expect(nameOf(operation([field('user')], 'mutation'))).toBe('mutation user');
  expect(nameOf(operation([field('f5'), field('f4'), field('f3'), field('f2'), field('f1')]))).toBe(
    'query f1 f2 f3 f4 ...',
  );
});

test('what no schema has is no name, whether or not the server validated the document', () => {
  expect(nameOf(operation([field('secret4711'), field('user')]))).toBe('query user');
  expect(nameOf(operation([field('secret4711'), field('toString'), field('__proto__')]))).toBe(INVALID);
  expect(nameOf(operation([field('user')], 'subscription'))).toBe(INVALID);
  expect(nameOf(operation([field('user')], 'query', 'A'), operation([field('posts')], 'query', 'B'))).toBe(
    INVALID,
  );
  expect(nameOf(fragment('F', [field('user')]))).toBe(INVALID);
  expect(operationName({ schema, document: undefined })).toBe(INVALID);
  expect(operationName({ schema: undefined, document: { definitions: [operation([field('user')])] } })).toBe(
    INVALID,
  );
});

test('fragments that spread each other are looked at once', () => {
  const fragments = [
    fragment('F', [spread('G'), field('user')]),
    fragment('G', [spread('F'), field('posts')]),
  ];
  expect(nameOf(operation([spread('F'), spread('F'), spread('Nobody')]), ...fragments)).toBe(
    'query posts user',
  );
});

test('a document of any size costs a bounded number of looks', () => {
  let looks = 0;
  const document: Document = {
    definitions: [
      operation(
        Array.from({ length: 100_000 }, (_, at) => ({
          get kind() {
            looks++;
            return 'Field';
          },
          name: { value: `f${at % 3}` },
        })),
      ),
    ],
  };
  expect(operationName({ schema, document })).toBe('query f0 f1 f2');
  expect(looks).toBeLessThan(10_000);
});

test('a name is of bounded length', () => {
  const long = Array.from({ length: 4 }, (_, at) => `${'x'.repeat(60)}${at}`);
  const asked = (names: string[]) =>
    operationName({ schema: schemaOf(long), document: { definitions: [operation(names.map(field))] } });
  expect(asked(long.slice(0, 1))).toBe(`query ${long[0]}`);
  expect(asked(long)).toBe(`query ${long[0]} ...`);
});

test('clients that put fields together in any way make a bounded number of names', () => {
  const names = new Set<string>();
  for (let a = 0; a < 20; a++)
    for (let b = a + 1; b < 20; b++) names.add(nameOf(operation([field(`f${a}`), field(`f${b}`)])));
  expect(names.size).toBe(COMBINED + 1);
  expect(names).toContain('query (several)');
  expect(nameOf(operation([field('user')]))).toBe('query user');
});
