import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { buildLibrary, type Library } from '../../../testkit/src/contract/library.ts';
import { namesOfPage } from '../../../testkit/src/contract/page.ts';
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
    // Inside the repository, where the frameworks are installed.
    const place = {
      node: process.execPath,
      folder: join(repositoryRoot(), '.cache'),
      library,
      aliases: ALIASES,
    };
    const { told, found } = await namesOfPage(name, place);
    expect(told).toHaveLength(4);
    expect(found).toEqual(told);
  },
);
