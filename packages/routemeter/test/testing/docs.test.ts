import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, expect, it } from 'vitest';
import { buildLibrary } from '../../../testkit/src/contract/library.ts';
import { snippetsOf } from '../../../testkit/src/readme.ts';

const page = await readFile(new URL('../../../../docs/testing.md', import.meta.url), 'utf8');
const library = await buildLibrary('docs-testing');
const folder = await mkdtemp(join(tmpdir(), 'routemeter-docs-'));
const { resolve } = createRequire(import.meta.url);
afterAll(() => rm(folder, { recursive: true, force: true }));

it.each([
  ['express', 'express5', "times(3);\nexpectMetric('feed')", "times(4);\nexpectMetric('feed')"],
  ['fastify', 'fastify5', 'times(1);', 'times(2);'],
])(
  'the program for %s in docs/testing.md runs, and fails where its numbers are wrong',
  async (name, module, right, wrong) => {
    const program = snippetsOf(page)
      .find((one) => one.name === name)!
      .code.replace(`'${name}'`, JSON.stringify(pathToFileURL(resolve(module)).href))
      .replace(/'routemeter\/(\w+)'/g, (_, part) => JSON.stringify(pathToFileURL(library.esm(part)).href));
    expect(program).toContain(right);
    const file = join(folder, `${name}.mjs`);
    const run = () => promisify(execFile)(process.execPath, [file], { timeout: 60_000 });
    await writeFile(file, program);
    await run();
    await writeFile(file, program.replace(right, wrong));
    await expect(run()).rejects.toThrow(/expected exactly \d samples of "http\.server\.request"/);
  },
);
