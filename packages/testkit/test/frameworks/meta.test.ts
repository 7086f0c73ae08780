import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, test } from 'vitest';
import type { ContractCase } from '../../src/contract/case.ts';
import { Collector } from '../../src/contract/collector.ts';
import { exchange, withoutDate } from '../../src/contract/exchange.ts';
import { flood } from '../../src/contract/flood.ts';
import { builtFolder, startBuilt } from '../../src/contract/meta/built.ts';
import { META, type MetaStack } from '../../src/contract/meta/stacks.ts';
import { expectedRequests } from '../../src/contract/run.ts';
import { hostileUrls, ordinaryUrls } from '../../src/contract/urls.ts';
import { nodeBinaries } from '../../src/nodes.ts';

/** The long form, as `npm run test:frameworks` has it: more frameworks, on more Nodes, and more addresses. */
const isFull = process.env.ROUTEMETER_FRAMEWORKS === 'full';
const URLS = isFull ? 10_000 : 150;
const LONG = 1_200_000;

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

async function start(
  { stack, path, way }: Pick<Run, 'stack' | 'path'> & { way: Run['way'] | null },
  url: string,
) {
  const folder = await builtFolder(stack, builder(stack)!.path);
  const register = pathToFileURL(join(folder, 'node_modules/routemeter/dist/register.mjs')).href;
  const env = { ROUTEMETER_URL: url, ROUTEMETER_FLUSH_MS: '20', ROUTEMETER_ENABLED: String(way !== null) };
  const isPreloaded = way === 'preload' || (way === 'line' && stack.needsBoth === true);
  const flags = isPreloaded ? ['--import', register] : [];
  return startBuilt(stack, folder, path, flags, way === 'line' ? { ...env, LINE: '1' } : env);
}

/** An answer without what differs from one to the next: the port, and where a stream was cut into pieces. */
function comparable(answer: string, port: number): string {
  const [head = '', ...rest] = withoutDate(answer).replaceAll(String(port), 'PORT').split('\r\n\r\n');
  const body = rest.join('\r\n\r\n');
  const isChunked = /^transfer-encoding: chunked$/im.test(head);
  return `${head}\n\n${isChunked ? unchunked(body) : body}`;
}

function unchunked(body: string): string {
  let text = '';
  let rest = body;
  for (;;) {
    const size = /^([0-9a-f]+)\r\n/i.exec(rest);
    if (size === null) return text;
    const length = Number.parseInt(size[1]!, 16);
    if (length === 0) return text;
    text += rest.slice(size[0].length, size[0].length + length);
    rest = rest.slice(size[0].length + length + 2);
  }
}

async function casesOf(stack: MetaStack): Promise<readonly ContractCase[]> {
  const folder = await builtFolder(stack, builder(stack)!.path);
  return [...stack.cases, ...((await stack.made?.(folder)) ?? [])];
}

async function answersOf(
  port: number,
  { differing }: MetaStack,
  cases: readonly ContractCase[],
): Promise<string[]> {
  const answers: string[] = [];
  for (const one of cases) {
    const answer = comparable(await exchange(port, one), port);
    answers.push(`${one.id}\n${differing === undefined ? answer : answer.replace(differing, '-')}`);
  }
  return answers;
}

const bare = new Map<string, Promise<string[]>>();

async function answersWithout({ stack, path }: Run, cases: readonly ContractCase[]): Promise<string[]> {
  const server = await start({ stack, path, way: null }, 'null:');
  try {
    // What is kept of the first answers is the same for both.
    await answersOf(server.port, stack, cases);
    return await answersOf(server.port, stack, cases);
  } finally {
    await server.stop();
  }
}

describe.each(runs)('$node, $name, $way, mjs', (one) => {
  const { stack, way } = one;
  test(
    'every request is counted once under its name, and answered as without',
    async () => {
      const collector = await Collector.open();
      const server = await start(one, collector.url);
      const cases = await casesOf(stack);
      try {
        await answersOf(server.port, stack, cases);
        await collector.requests(cases.length, 10_000);
        collector.lines.length = 0;
        const answers = await answersOf(server.port, stack, cases);
        expect(await collector.requests(cases.length)).toEqual(expectedRequests(cases));
        const key = `${one.node} ${stack.name}`;
        if (!bare.has(key)) bare.set(key, answersWithout(one, cases));
        expect(answers).toEqual(await bare.get(key));
        if (way === 'preload') expect(server.stderr()).toMatch(new RegExp(`instrumented .*${stack.tells}`));

        collector.lines.length = 0;
        const places = cases.map(({ path }) => path.replace(/[^/]*$/, ''));
        const urls = [...ordinaryUrls(URLS, places), ...hostileUrls(URLS, places)];
        expect(await flood(server.port, urls)).toBe(urls.length);
        const names = (await collector.requests(urls.length, 30_000)).map(({ http_route }) => http_route!);
        expect(names).toHaveLength(urls.length);
        const known = new Set([...cases.map(({ route }) => route ?? 'unmatched'), 'static']);
        expect([...new Set(names)].filter((name) => !known.has(name))).toEqual([]);
      } finally {
        await server.stop();
        collector.close();
      }
    },
    LONG,
  );
});
