import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, test } from 'vitest';
import type { ContractCase } from '../../src/contract/case.ts';
import { Collector } from '../../src/contract/collector.ts';
import { flood } from '../../src/contract/flood.ts';
import { answersOf } from '../../src/contract/meta/answers.ts';
import { builtFolder, startBuilt } from '../../src/contract/meta/built.ts';
import { META, type MetaStack } from '../../src/contract/meta/stacks.ts';
import { expectedRequests } from '../../src/contract/run.ts';
import { hostileUrls, ordinaryUrls } from '../../src/contract/urls.ts';
import { nodeBinaries } from '../../src/nodes.ts';

/** The long form, as `npm run test:frameworks` has it: more frameworks, on more Nodes, and more addresses. */
const isFull = process.env.ROUTEMETER_FRAMEWORKS === 'full';
/** Addresses of each kind, and those of the long form: on one Node, as names do not depend on it. */
const URLS = 150;
const MANY = 10_000;
const LONG = isFull ? 1_200_000 : 600_000;

const { nodes } = await nodeBinaries();

interface Run {
  node: string;
  path: string;
  name: string;
  way: 'preload' | 'line';
  stack: MetaStack;
}

/** The Node that builds, and stands for all in the short form. */
const builder = (stack: MetaStack) =>
  nodes.find(({ major }) => major === 24 && stack.least <= 24) ??
  nodes.find(({ major }) => major >= stack.least);

const runs = META.filter(({ isLong }) => isFull || isLong !== true).flatMap((stack) => {
  const chosen = isFull ? nodes.filter(({ major }) => major >= stack.least) : [builder(stack)];
  return chosen.flatMap((node): Run[] => {
    if (node === undefined) return [];
    const one = { node: `Node ${node.major}`, path: node.path, name: stack.name, stack };
    const isReached = stack.preloadFrom !== null && node.major >= stack.preloadFrom;
    const isChosen = node.major === builder(stack)?.major;
    return [
      ...(isReached ? [{ ...one, way: 'preload' as const }] : []),
      ...(isChosen ? [{ ...one, way: 'line' as const }] : []),
    ];
  });
});

async function start({ stack, path, way }: Omit<Run, 'way'> & { way: Run['way'] | null }, url: string) {
  const folder = await builtFolder(stack, builder(stack)!.path);
  const register = pathToFileURL(join(folder, 'node_modules/routemeter/dist/register.mjs')).href;
  const env = { ROUTEMETER_URL: url, ROUTEMETER_FLUSH_MS: '20', ROUTEMETER_ENABLED: String(way !== null) };
  const isPreloaded = way === 'preload' || (way === 'line' && stack.needsBoth === true);
  const flags = isPreloaded ? ['--import', register] : [];
  return startBuilt(stack, folder, path, flags, way === 'line' ? { ...env, LINE: '1' } : env);
}

async function casesOf(stack: MetaStack): Promise<readonly ContractCase[]> {
  const folder = await builtFolder(stack, builder(stack)!.path);
  return [...stack.cases, ...((await stack.made?.(folder)) ?? [])];
}

const bare = new Map<string, Promise<string[]>>();

async function answersWithout(one: Run, cases: readonly ContractCase[]): Promise<string[]> {
  const server = await start({ ...one, way: null }, 'null:');
  try {
    // What is kept of the first answers is the same for both.
    await answersOf(server.port, cases, one.stack);
    return await answersOf(server.port, cases, one.stack);
  } finally {
    await server.stop();
  }
}

/** Development servers: their pages of errors show stacks. */
const developed = META.flatMap(({ development, ...stack }): Array<Run & { shows: RegExp }> => {
  const node = builder(stack);
  if (!isFull || development === undefined || node === undefined) return [];
  const one = { node: `Node ${node.major}`, path: node.path, name: stack.name };
  const { ways, shows, ...other } = development;
  return ways.map((way) => ({ ...one, way, shows, stack: { ...stack, ...other } }));
});

describe.each(developed)('$name, development, $way', (one) => {
  test(
    'every request is counted once under its name, and answered as without',
    async () => {
      const { stack, way, shows } = one;
      const { cases } = stack;
      const collector = await Collector.open();
      const server = await start(one, collector.url);
      let answers: string[];
      try {
        await answersOf(server.port, cases, stack);
        // One more, which the server was ready for.
        await collector.requests(cases.length + 1);
        collector.lines.length = 0;
        answers = await answersOf(server.port, cases, stack);
        expect(await collector.requests(cases.length)).toEqual(expectedRequests(cases));
        if (way === 'preload') expect(server.stderr()).toMatch(new RegExp(`instrumented .*${stack.tells}`));
      } finally {
        await server.stop();
        collector.close();
      }
      // Next.js has one such server in a folder.
      const key = `${stack.name}, development`;
      if (!bare.has(key)) bare.set(key, answersWithout(one, cases));
      expect(answers).toEqual(await bare.get(key));
      expect(answers.some((answer) => shows.test(answer))).toBe(true);
    },
    LONG,
  );
});

describe.each(runs)('$node, $name, $way, mjs', (one) => {
  const { stack, way } = one;
  test(
    'every request is counted once under its name, and answered as without',
    async () => {
      const collector = await Collector.open();
      const server = await start(one, collector.url);
      const cases = await casesOf(stack);
      try {
        await answersOf(server.port, cases, stack);
        await collector.requests(cases.length);
        collector.lines.length = 0;
        const answers = await answersOf(server.port, cases, stack);
        expect(await collector.requests(cases.length)).toEqual(expectedRequests(cases));
        const key = `${one.node} ${stack.name}`;
        if (!bare.has(key)) bare.set(key, answersWithout(one, cases));
        expect(answers).toEqual(await bare.get(key));
        if (way === 'preload') expect(server.stderr()).toMatch(new RegExp(`instrumented .*${stack.tells}`));

        collector.lines.length = 0;
        const places = cases.map(({ path }) => path.replace(/[^/]*$/, ''));
        const count = isFull && one.path === builder(stack)?.path ? MANY : URLS;
        const urls = [...ordinaryUrls(count, places), ...hostileUrls(count, places)];
        expect(await flood(server.port, urls)).toBe(urls.length);
        const names = (await collector.requests(urls.length)).map(({ http_route }) => http_route!);
        expect(names).toHaveLength(urls.length);
        const others = stack.others ?? [];
        const known = new Set([...cases.map(({ route }) => route ?? 'unmatched'), 'static', ...others]);
        expect([...new Set(names)].filter((name) => !known.has(name))).toEqual([]);
      } finally {
        await server.stop();
        collector.close();
      }
    },
    LONG,
  );
});
