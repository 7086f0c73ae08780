import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterEach, expect, test, vi } from 'vitest';
import { bundle } from '../../../testkit/src/bundle.ts';
import { nodeBinaries } from '../../../testkit/src/nodes.ts';
import { trampoline, trampolineTo } from '../../src/frameworks/trampoline.ts';

const run = promisify(execFile);

afterEach(() => vi.unstubAllGlobals());

class Layer {
  answer(first: unknown, second: unknown): unknown[] {
    return [this, first, second, new Error('here').stack];
  }
}

/** Functions under test: as they are, and as they are without WebAssembly. */
const ways = [
  { way: 'with WebAssembly', isSeen: false, prepare: () => {} },
  { way: 'without', isSeen: true, prepare: () => vi.stubGlobal('WebAssembly', undefined) },
];

test.each(ways)(
  '$way, it observes, calls on with what was observed, and hands back',
  ({ isSeen, prepare }) => {
    prepare();
    const seen: unknown[][] = [];
    const answer = trampoline<(...args: unknown[]) => unknown[]>(
      3,
      (...args: unknown[]) => {
        seen.push(args);
        return 'observed';
      },
      Layer.prototype.answer,
      [0, 1, 'observed'],
    );
    const layer = new Layer();
    const [self, first, second, stack] = answer.bind(undefined, layer)('first', 'second');
    expect([self, first, second]).toEqual([layer, 'first', 'observed']);
    expect(seen).toEqual([[layer, 'first', 'second']]);
    expect(/trampoline/.test(String(stack).replaceAll('trampoline.test', ''))).toBe(isSeen);
  },
);

test.each(ways)('$way, it calls what was chosen; what is thrown passes, before and after', ({ prepare }) => {
  prepare();
  const choose = trampolineTo<(chosen: unknown, given?: unknown) => unknown>(
    2,
    (chosen: unknown) => {
      if (chosen === 'nothing') throw new RangeError('nobody');
      return chosen;
    },
    [1],
  );
  expect(choose((given: unknown) => `got ${String(given)}`, 'it')).toBe('got it');
  expect(() => choose('nothing')).toThrow(RangeError);
  expect(() =>
    choose(() => {
      throw new TypeError('chosen');
    }),
  ).toThrow(TypeError);
});

const { nodes } = await nodeBinaries();
const script = await bundle(new URL('./scripts/trampoline.ts', import.meta.url), 'trampoline');

test.each(nodes.map(({ major, path }) => ({ major, path })))(
  'on Node $major it stands in no stack, and works under --jitless',
  async ({ path }) => {
    const frames = async (...flags: string[]) =>
      JSON.parse((await run(path, [...flags, script])).stdout) as number;
    expect(await frames()).toBe(0);
    expect(await frames('--jitless')).toBe(1);
  },
);
