import { fileURLToPath, pathToFileURL } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { startChild } from '../../../testkit/src/contract/child.ts';
import { Collector } from '../../../testkit/src/contract/collector.ts';
import { expressCases } from '../../../testkit/src/contract/express/cases.ts';
import { STACKS } from '../../../testkit/src/contract/express/stacks.cjs';
import { buildLibrary, type Library } from '../../../testkit/src/contract/library.ts';
import { expectedRequests, sendAll } from '../../../testkit/src/contract/run.ts';
import { nodeBinaries } from '../../../testkit/src/nodes.ts';

const { nodes } = await nodeBinaries();
const present = Number.parseInt(process.versions.node, 10);
const file = (format: string) =>
  fileURLToPath(new URL(`../../../testkit/src/contract/express/server.${format}`, import.meta.url));

const runs = nodes.flatMap((node) =>
  Object.keys(STACKS)
    // The router's own versions do not differ by Node.
    .filter((name) => node.major === present || !/2\.[02]/.test(name))
    .flatMap((name) => [
      { node: `Node ${node.major}`, path: node.path, name, format: 'mjs' as const },
      { node: `Node ${node.major}`, path: node.path, name, format: 'cjs' as const },
    ]),
);

let library: Library;
beforeAll(async () => {
  library = await buildLibrary('register-express');
});

describe.each(runs)('$node, $name, $format', ({ path, name, format }) => {
  test('by preload every request is counted once under its name, and answered as without', async () => {
    const collector = await Collector.open();
    const preload =
      format === 'mjs'
        ? ['--import', pathToFileURL(library.esm('register')).href]
        : ['-r', library.cjs('register')];
    const env = { ROUTEMETER_URL: collector.url, ROUTEMETER_FLUSH_MS: '20', NODE_ENV: 'test' };
    const measured = await startChild(path, [...preload, file(format), name], env);
    const bare = await startChild(path, [file(format), name], { NODE_ENV: 'test' });
    try {
      const cases = expressCases(STACKS[name]!.major);
      const answers = await sendAll(measured.port, cases);
      expect(await collector.requests(cases.length)).toEqual(expectedRequests(cases));
      expect(answers).toEqual(await sendAll(bare.port, cases));
      const { express, router } = STACKS[name]!;
      expect(measured.stderr()).toMatch(/^routemeter: [^\n]*\n$/);
      expect(measured.stderr()).toContain(`express ${express}`);
      if (router !== null) expect(measured.stderr()).toContain(`router ${router}`);
      expect(bare.stderr()).toBe('');
    } finally {
      await measured.stop();
      await bare.stop();
      collector.close();
    }
  });
});
