import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { beforeAll, expect, test } from 'vitest';
import { startChild } from '../../../testkit/src/contract/child.ts';
import { Collector } from '../../../testkit/src/contract/collector.ts';
import { buildLibrary, type Library } from '../../../testkit/src/contract/library.ts';
import { repositoryRoot } from '../../../testkit/src/root.ts';

/** Under which name the tests have what a page's program imports. */
const ALIASES: Record<string, string> = {
  express: 'express5',
  fastify: 'fastify5',
  koa: 'koa3',
  '@koa/router': 'koa-router15',
};

let library: Library;
beforeAll(async () => {
  library = await buildLibrary('docs-frameworks');
});

test.each(['express', 'fastify', 'koa', 'hono', 'hapi'])(
  'the program in docs/frameworks/%s.md names requests as the table beside it says',
  async (name) => {
    const page = await readFile(join(repositoryRoot(), `docs/frameworks/${name}.md`), 'utf8');
    const [, program = ''] = /```js\n(.*?)```/s.exec(page) ?? [];
    const rows = [...page.matchAll(/^\| `GET (\S+)` \| `(\S+)` \|$/gm)].map(([, path, route]) => ({
      path,
      route,
    }));
    expect(rows).toHaveLength(4);

    // Inside the repository, where the frameworks are installed.
    const folder = await mkdtemp(join(repositoryRoot(), '.cache/docs-'));
    const file = join(folder, 'app.mjs');
    const resolved = program
      .replaceAll(
        /from 'routemeter\/(\w+)'/g,
        (_, entry: string) => `from '${pathToFileURL(library.esm(entry)).href}'`,
      )
      .replaceAll(/from '([^':]+)'/g, (_, module: string) => `from '${ALIASES[module] ?? module}'`);
    await writeFile(file, resolved);
    const collector = await Collector.open();
    const env = { ROUTEMETER_URL: collector.url, ROUTEMETER_FLUSH_MS: '20' };
    const child = await startChild(process.execPath, [file], env);
    try {
      for (const { path } of rows) await (await fetch(`http://127.0.0.1:${child.port}${path}`)).text();
      const found = (await collector.requests(rows.length)).map(({ http_route }) => http_route);
      expect(found.sort()).toEqual(rows.map(({ route }) => route).sort());
    } finally {
      await child.stop();
      collector.close();
      await rm(folder, { recursive: true, force: true });
    }
  },
);
