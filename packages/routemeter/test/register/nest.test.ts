import { fileURLToPath, pathToFileURL } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { startChild } from '../../../testkit/src/contract/child.ts';
import { Collector } from '../../../testkit/src/contract/collector.ts';
import { buildLibrary, type Library } from '../../../testkit/src/contract/library.ts';
import { nestCases, type Platform } from '../../../testkit/src/contract/nest/cases.ts';
import { nestStack } from '../../../testkit/src/contract/nest/stack.ts';
import { expectedRequests, sendAll } from '../../../testkit/src/contract/run.ts';
import { nodeBinaries } from '../../../testkit/src/nodes.ts';

const PROGRAM = fileURLToPath(new URL('../../../testkit/src/contract/nest/server.mjs', import.meta.url));
const { nodes } = await nodeBinaries();
const PAIRS: Array<{ major: 11 | 12; platform: Platform }> = [
  { major: 11, platform: 'express' },
  { major: 12, platform: 'express' },
  { major: 11, platform: 'fastify' },
  { major: 12, platform: 'fastify' },
];

let library: Library;
beforeAll(async () => {
  library = await buildLibrary('register-nest');
});

const runs = nodes.flatMap(({ major: node, path }) =>
  // What differs by Node is how modules are loaded, and that differs by major, not by platform.
  PAIRS.filter(({ platform }) => path === process.execPath || platform === 'express').map((pair) => ({
    ...pair,
    node,
    path,
  })),
);

describe.each(runs)('Node $node, NestJS $major on $platform', ({ path, major, platform }) => {
  test('by preload every request is counted once under its name', async () => {
    const stack = await nestStack(major);
    const collector = await Collector.open();
    const env = { ROUTEMETER_URL: collector.url, ROUTEMETER_FLUSH_MS: '20' };
    const preload = ['--import', pathToFileURL(library.esm('register')).href];
    const child = await startChild(path, [...preload, PROGRAM, stack.folder, platform], env);
    try {
      const ports = JSON.parse(/^ports (.*)$/m.exec(child.stdout())![1]!) as Record<string, number>;
      for (const [app, cases] of Object.entries(nestCases(platform))) {
        collector.lines.length = 0;
        await sendAll(ports[app]!, cases);
        expect(await collector.requests(cases.length), app).toEqual(expectedRequests(cases));
      }
      expect(child.stderr()).toMatch(/^routemeter: [^\n]*\n$/);
      expect(child.stderr()).toContain(platform);
    } finally {
      await child.stop();
      collector.close();
    }
  });
});
