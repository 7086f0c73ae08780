import { cp, mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { startChild } from '../../src/contract/child.ts';
import { Collector } from '../../src/contract/collector.ts';
import { flood } from '../../src/contract/flood.ts';
import { buildLibrary, type Library } from '../../src/contract/library.ts';
import { expectedRequests, sendAll } from '../../src/contract/run.ts';
import { smallFolder } from '../../src/contract/small/folder.ts';
import { SMALL, type SmallStack } from '../../src/contract/small/stacks.ts';
import { hostileUrls, ordinaryUrls } from '../../src/contract/urls.ts';
import { nodeBinaries } from '../../src/nodes.ts';

/** The long form, as `npm run test:frameworks` has it. */
const isFull = process.env.ROUTEMETER_FRAMEWORKS === 'full';
const URLS = isFull ? 10_000 : 400;
const LONG = 300_000;

const { nodes } = await nodeBinaries();
const present = Number.parseInt(process.versions.node, 10);

let library: Library;
let folder: string;
/** That of those which only the long form runs. */
let longFolder: string;
beforeAll(async () => {
  library = await buildLibrary('frameworks-small');
  folder = await programs(false);
  if (isFull) longFolder = await programs(true);
}, LONG);

/** A folder with all programs, and what some of them need. */
async function programs(isLong: boolean): Promise<string> {
  const made = join(await smallFolder({ isLong }), 'contract');
  await mkdir(made, { recursive: true });
  await cp(dirname(fileURLToPath(new URL('../../src/contract/small/answers.cjs', import.meta.url))), made, {
    recursive: true,
  });
  return made;
}

const programOf = ({ isLong, program }: SmallStack): string =>
  join(isLong === true ? longFolder : folder, program);

interface Way {
  node: string;
  path: string;
  name: string;
  way: 'preload' | 'line';
  format: string;
  stack: SmallStack;
}

const stacks = SMALL.filter(({ isLong }) => isFull || isLong !== true);
const ways = nodes.flatMap(({ major, version, path }) =>
  stacks
    .filter(({ runsOn }) => runsOn === undefined || runsOn(major))
    .flatMap((stack): Way[] => {
      const one = { node: `Node ${major}`, path, name: stack.name, stack, format: stack.program.slice(-3) };
      const isReached = stack.reachedOn === undefined || stack.reachedOn(version);
      const isFirst = nodes.find((node) => stack.runsOn?.(node.major) !== false)?.major === major;
      return [
        ...(isReached ? [{ ...one, way: 'preload' as const }] : []),
        ...(major === present || isFirst ? [{ ...one, way: 'line' as const }] : []),
      ];
    }),
);

const start = async ({ path, way, stack }: Way, env: Record<string, string>) => {
  const isPreload = way === 'preload';
  const program = programOf(stack);
  const line = program.endsWith('.mjs') ? library.esm(stack.line) : library.cjs(stack.line);
  const args = isPreload
    ? ['--import', pathToFileURL(library.esm('register')).href, program]
    : [program, line];
  return startChild(path, args, { ...env, NODE_NO_WARNINGS: '1' });
};

const atOnce = ({ isAlone = false }: SmallStack): number | undefined => (isAlone ? 1 : undefined);

const STACK = 'stack of an error\n';
const bare = new Map<string, Promise<string[]>>();

/**
 * Where V8's ten lines of a stack reach below the framework: the lines above that, without places in code that the
 * framework made.
 */
function comparable(answer: string, { isShallow = false }: SmallStack): string {
  if (!isShallow || !answer.startsWith(STACK)) return answer;
  const kept = answer.replace(/^content-length: .*\r\n/im, '').replaceAll(/<anonymous>:\d+:\d+/g, '-');
  return kept.replace(/\n {4}at [^\n]*(?:\(node:|\/\.cache\/library\/).*$/s, '');
}

async function answersWithout({ path, stack }: Way): Promise<string[]> {
  const child = await startChild(path, [programOf(stack)], { NODE_NO_WARNINGS: '1' });
  try {
    return await sendAll(child.port, stack.cases, atOnce(stack));
  } finally {
    await child.stop();
  }
}

describe.each(ways)('$node, $name, $way, $format', (one) => {
  const { stack, way } = one;
  test(
    'every request is counted once under its name, and answered as without',
    async () => {
      const collector = await Collector.open();
      const child = await start(one, { ROUTEMETER_URL: collector.url, ROUTEMETER_FLUSH_MS: '20' });
      try {
        const answers = await sendAll(child.port, stack.cases, atOnce(stack));
        expect(await collector.requests(stack.cases.length)).toEqual(expectedRequests(stack.cases));
        const key = `${one.node} ${stack.name}`;
        if (!bare.has(key)) bare.set(key, answersWithout(one));
        const compared = (all: readonly string[]) => all.map((answer) => comparable(answer, stack));
        expect(compared(answers)).toEqual(compared(await bare.get(key)!));
        for (const answer of compared(answers).filter((text) => text.startsWith(STACK))) {
          expect(answer).toMatch(/Error: here.*\bat .*:\d+:\d+/s);
        }
        if (way === 'preload') expect(child.stderr()).toMatch(new RegExp(`instrumented .*${stack.tells}`));
      } finally {
        await child.stop();
        collector.close();
      }
    },
    LONG,
  );
});

/** One Node for each way; in the short form one way alone. */
const flooded = stacks.flatMap(({ name }) => {
  const preload = ways.findLast((one) => one.name === name && one.way === 'preload');
  const line = ways.find((one) => one.name === name && one.way === 'line');
  const both = [preload, line].filter((one) => one !== undefined);
  return isFull ? both : both.slice(0, 1);
});

test.each(flooded)(
  'no value of an address is in a name: $name, $way',
  async (one) => {
    const places = ['/users/', '/hello/', '/files/', '/nope/', '/orgs/', '/assets/', '/api/users/', '/'];
    const urls = [...ordinaryUrls(URLS, places), ...hostileUrls(URLS, places)];
    const collector = await Collector.open();
    const child = await start(one, { ROUTEMETER_URL: collector.url, ROUTEMETER_FLUSH_MS: '20' });
    try {
      expect(await flood(child.port, urls)).toBe(urls.length);
      const names = (await collector.requests(urls.length)).map(({ http_route }) => http_route);
      expect(names).toHaveLength(urls.length);
      const known = new Set(['unmatched', ...one.stack.cases.map(({ route }) => route)]);
      expect([...new Set(names)].filter((name) => !known.has(name!))).toEqual([]);
    } finally {
      await child.stop();
      collector.close();
    }
  },
  LONG,
);
