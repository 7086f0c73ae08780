import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ContractCase } from '../../../testkit/src/contract/case.ts';
import { startChild } from '../../../testkit/src/contract/child.ts';
import { buildLibrary, type Library } from '../../../testkit/src/contract/library.ts';
import { sendAll } from '../../../testkit/src/contract/run.ts';
import { nodeBinaries } from '../../../testkit/src/nodes.ts';
import { repositoryRoot } from '../../../testkit/src/root.ts';

const server = fileURLToPath(new URL('../../../testkit/src/contract/errors/server.cjs', import.meta.url));

const get = (path: string): ContractCase => ({ id: path, method: 'GET', path, route: null, status: 500 });
const ANY = ['/route/1', '/rejects/1'].map(get);
const DEEP = [
  ...ANY,
  ...['/second/1', '/fell/1', '/header/1', '/nested/1/x/1', '/nested/1/y'].map(get),
  ...['/params/bad', '/params/1', '/params/%E0%A4%A', '/none'].map(get),
];
const SHALLOW = ['/mw', '/mw/%E0%A4%A'].map(get);

/**
 * `preload` and `line` are what is answered the same. By the one line, an error of a middleware of Express 5 has few
 * enough frames that the claim of the request, which stands below the router, is among the ten.
 */
const APPS: Record<string, { preload: ContractCase[]; line: ContractCase[] }> = {
  'express 4': { preload: [...DEEP, ...SHALLOW], line: [...DEEP, ...SHALLOW] },
  'express 5, router 2.0': { preload: [...DEEP, ...SHALLOW], line: DEEP },
  'express 5, router 2.2': { preload: [...DEEP, ...SHALLOW], line: DEEP },
  'express 5, router 2.3': { preload: [...DEEP, ...SHALLOW], line: DEEP },
  'fastify 4': { preload: ANY, line: ANY },
  'fastify 5': { preload: ANY, line: ANY },
  hapi: { preload: [get('/route/1')], line: [get('/route/1')] },
};

/** What differs between versions of `router` does not depend on the Node. */
const PRESENT_ONLY = /router 2\.[02]/;

const present = Number.parseInt(process.versions.node, 10);
const { nodes } = await nodeBinaries();
const folder = join(repositoryRoot(), '.cache/error-lines');
const file = join(folder, 'lines.cjs');
let library: Library;

beforeAll(async () => {
  library = await buildLibrary('register-errors');
  await mkdir(folder, { recursive: true });
  const line = (name: string) => `require(${JSON.stringify(library.cjs(name))}).${name}Meter`;
  await writeFile(
    file,
    `module.exports = { express: () => ${line('express')}(), fastify: () => ${line('fastify')}, hapi: () => ${line('hapi')} };`,
  );
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function answers(node: string, args: string[], cases: readonly ContractCase[]): Promise<string[]> {
  // NODE_ENV is unset, as in development.
  const env = { ROUTEMETER_URL: 'null:', ROUTEMETER_SILENT: '1' };
  const child = await startChild(node, args, env);
  try {
    return await sendAll(child.port, cases);
  } finally {
    await child.stop();
  }
}

describe.each(nodes.map(({ major, path }) => ({ major, path })))('Node $major', ({ major, path }) => {
  const names = Object.keys(APPS).filter((name) => major === present || !PRESENT_ONLY.test(name));
  test.each(names)('%s: pages with the stack of an error are those without us', async (name) => {
    const { preload, line } = APPS[name]!;
    const bare = await answers(path, [server, name], preload);
    expect(await answers(path, ['-r', library.cjs('register'), server, name], preload)).toEqual(bare);
    const same = bare.filter((answer) => line.some(({ id }) => answer.startsWith(`${id}\n`)));
    expect(same).toHaveLength(line.length);
    expect(await answers(path, [server, name, file], line)).toEqual(
      line.map(({ id }) => same.find((answer) => answer.startsWith(`${id}\n`))),
    );
    // They do hold stacks.
    expect(bare[0]).toMatch(/Error: in a route\b.*\bat .*\.cjs:\d+/s);
  });
});
