import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { startChild } from '../../../testkit/src/contract/child.ts';
import { Collector, sortTags } from '../../../testkit/src/contract/collector.ts';
import { exchange } from '../../../testkit/src/contract/exchange.ts';
import { buildLibrary, type Library } from '../../../testkit/src/contract/library.ts';
import type { Nesting } from '../../../testkit/src/contract/nested/app.cjs';

/** Each can be the outer and the inner one; hapi can only be the outer. */
const FRAMEWORKS = ['express4', 'express5', 'koa2', 'koa3', 'hono4', 'fastify4', 'fastify5'];
const server = fileURLToPath(new URL('../../../testkit/src/contract/nested/server.cjs', import.meta.url));

let library: Library;
beforeAll(async () => {
  library = await buildLibrary('register-nested');
});

/** Paths of segments that are texts and parameters; those of one path have different names. */
const path = (names: string) =>
  fc
    .array(fc.record({ isParameter: fc.boolean(), text: fc.constantFrom('a', 'b', 'api', 'v1') }), {
      minLength: 1,
      maxLength: 3,
    })
    .map((segments) =>
      segments.map(({ isParameter, text }, index) => `/${isParameter ? `:${names}${index}` : text}`).join(''),
    );

const nesting: fc.Arbitrary<Nesting> = fc.record({
  outer: fc.constantFrom(...FRAMEWORKS, 'hapi21'),
  inner: fc.constantFrom(...FRAMEWORKS),
  mount: path('m'),
  template: path('t'),
});

/** An address that a template is for: its parameters have values that no template holds. */
const addressOf = (template: string) => template.replace(/:\w+/g, (name) => `value-of-${name.slice(1)}`);

/** The template of both, the outer part in the outer framework's syntax. */
function templateOf({ outer, mount, template }: Nesting): string {
  return (outer === 'hapi21' ? mount.replace(/:(\w+)/g, '{$1}') : mount) + template;
}

async function routesOf(nestings: readonly Nesting[]): Promise<Array<Record<string, string>>> {
  const folder = await mkdtemp(join(tmpdir(), 'routemeter-nested-'));
  const file = join(folder, 'nestings.json');
  await writeFile(file, JSON.stringify(nestings));
  const collector = await Collector.open();
  const env = { ROUTEMETER_URL: collector.url, ROUTEMETER_FLUSH_MS: '20', ROUTEMETER_SILENT: '1' };
  const child = await startChild(process.execPath, ['-r', library.cjs('register'), server, file], env);
  try {
    for (const [index, { mount, template }] of nestings.entries()) {
      const address = addressOf(mount + template);
      const request = { id: address, method: 'GET', path: address, route: null, status: 200 };
      const answer = await exchange(child.port, { ...request, headers: { nesting: String(index) } });
      expect(answer, `${JSON.stringify(nestings[index])} ${child.stderr()}`).toContain('200 OK');
    }
    return await collector.requests(nestings.length);
  } finally {
    await child.stop();
    collector.close();
    await rm(folder, { recursive: true, force: true });
  }
}

test('one framework mounted in another: the template is that of both', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(nesting, { minLength: 40, maxLength: 40 }), async (nestings) => {
      const found = (await routesOf(nestings)).map(({ http_route }) => http_route!);
      expect(found.sort()).toEqual(nestings.map(templateOf).sort());
    }),
    { numRuns: 3, endOnFailure: true },
  );
});

test('each framework in each other one', async () => {
  const all = [...FRAMEWORKS, 'hapi21'].flatMap((outer) =>
    FRAMEWORKS.map((inner) => ({ outer, inner, mount: `/${outer}/:tenant`, template: `/${inner}/:id` })),
  );
  const found = await routesOf(all);
  const tags = all.map((one) => ({
    http_route: templateOf(one),
    http_method: 'GET',
    http_status_code: '200',
  }));
  expect(found).toEqual(sortTags(tags));
});
