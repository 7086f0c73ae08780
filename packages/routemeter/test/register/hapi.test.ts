import { fileURLToPath, pathToFileURL } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { startChild } from '../../../testkit/src/contract/child.ts';
import { Collector } from '../../../testkit/src/contract/collector.ts';
import { VERSION } from '../../../testkit/src/contract/hapi/app.cjs';
import { HAPI_CASES } from '../../../testkit/src/contract/hapi/cases.ts';
import { buildLibrary, type Library } from '../../../testkit/src/contract/library.ts';
import { expectedRequests, sendAll } from '../../../testkit/src/contract/run.ts';
import { nodeBinaries } from '../../../testkit/src/nodes.ts';

const { nodes } = await nodeBinaries();
const file = (format: string) =>
  fileURLToPath(new URL(`../../../testkit/src/contract/hapi/server.${format}`, import.meta.url));

const runs = nodes.flatMap(({ major, path }) => [
  { node: `Node ${major}`, path, format: 'mjs' as const },
  { node: `Node ${major}`, path, format: 'cjs' as const },
]);

let library: Library;
beforeAll(async () => {
  library = await buildLibrary('register-hapi');
});

describe.each(runs)('$node, hapi, $format', ({ path, format }) => {
  test('by preload every request is counted once under its name, and answered as without', async () => {
    const collector = await Collector.open();
    const preload =
      format === 'mjs'
        ? ['--import', pathToFileURL(library.esm('register')).href]
        : ['-r', library.cjs('register')];
    const env = { ROUTEMETER_URL: collector.url, ROUTEMETER_FLUSH_MS: '20' };
    const measured = await startChild(path, [...preload, file(format)], env);
    const bare = await startChild(path, [file(format)], {});
    try {
      const answers = await sendAll(measured.port, HAPI_CASES);
      expect(await collector.requests(HAPI_CASES.length)).toEqual(expectedRequests(HAPI_CASES));
      expect(answers).toEqual(await sendAll(bare.port, HAPI_CASES));
      expect(measured.stderr()).toMatch(/^routemeter: [^\n]*\n$/);
      expect(measured.stderr()).toContain(`@hapi/hapi ${VERSION}`);
    } finally {
      await measured.stop();
      await bare.stop();
      collector.close();
    }
  });
});
