import { afterEach, expect, test } from 'vitest';
import {
  nameOfServerFunction,
  SERVER_FUNCTION,
  watchServerFunctions,
} from '../../src/frameworks/told/server-functions.ts';

const MARK: unique symbol = Symbol.for('TSS_SERVER_FUNCTION') as never;
type Made = (() => string) & { [MARK]?: unknown };

/** As TanStack Start 1 does when the module of a server function is loaded. */
const register = (serverFnMeta: object): Made =>
  Object.assign(() => 'hello', { url: '/_serverFn/x', serverFnMeta, [MARK]: true });

afterEach(() => {
  delete (Function.prototype as { [MARK]?: unknown })[MARK];
});

test('a server function is named by its module and its own name, and is as Start made it', () => {
  watchServerFunctions();
  watchServerFunctions();
  const made = register({ id: 'a1', name: 'greet', filename: 'src/routes/act.$id.tsx' });
  expect(made()).toBe('hello');
  expect(Object.getOwnPropertyDescriptor(made, MARK)).toEqual({
    value: true,
    writable: true,
    enumerable: true,
    configurable: true,
  });
  // What Start asks of any function that it is handed.
  expect((register as unknown as Made)[MARK]).toBeUndefined();
  expect(nameOfServerFunction('/_serverFn/a1?payload=a')).toBe('/_serverFn/routes/act.$id/greet');
  expect(nameOfServerFunction('/_serverFn/evil')).toBe(SERVER_FUNCTION);
});

test('what says no module has no name of its own, and no more than a thousand have one', () => {
  watchServerFunctions();
  register({ id: 'stub' });
  expect(nameOfServerFunction('/_serverFn/stub')).toBe(SERVER_FUNCTION);
  for (let i = 0; i < 1001; i++) register({ id: `id${i}`, name: `fn${i}`, filename: 'src/all.ts' });
  expect(nameOfServerFunction('/_serverFn/id999')).toBe('/_serverFn/all/fn999');
  expect(nameOfServerFunction('/_serverFn/id1000')).toBe(SERVER_FUNCTION);
});
