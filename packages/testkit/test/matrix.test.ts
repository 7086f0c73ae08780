import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { ROOT } from '../src/pack.ts';

interface OneTest {
  file: string;
  titles: string[];
  passed: boolean;
}

const { LONG_SUITES, SUITES, TABLES, fromList, fromReport, matrix, shows, writeMatrix } = (await import(
  pathToFileURL(join(ROOT, 'scripts/lib/matrix.mjs')).href
)) as {
  LONG_SUITES: string[];
  SUITES: string[];
  TABLES: { short: string; long: string };
  fromList: (list: unknown) => OneTest[];
  fromReport: (report: unknown) => OneTest[];
  matrix: (tests: OneTest[]) => string;
  shows: (page: string, table: string, which?: string) => boolean;
  writeMatrix: (page: string, table: string, which?: string) => string;
};

test.each([
  { form: 'npm test', suites: SUITES, which: TABLES.short, env: {} },
  {
    form: 'npm run test:frameworks',
    suites: LONG_SUITES,
    which: TABLES.long,
    env: { ROUTEMETER_FRAMEWORKS: 'full' },
  },
])(
  'the support matrix of $form names the frameworks, majors and ways that the suites run, and no other',
  async ({ form, suites, which, env: more }) => {
    await mkdir(join(ROOT, '.cache'), { recursive: true });
    const folder = await mkdtemp(join(ROOT, '.cache/matrix-'));
    try {
      const file = join(folder, 'list.json');
      const vitest = join(ROOT, 'node_modules/vitest/vitest.mjs');
      const env = { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '', ...more };
      await promisify(execFile)(process.execPath, [vitest, 'list', `--json=${file}`, ...suites], {
        cwd: ROOT,
        env,
      });
      const table = matrix(fromList(JSON.parse(await readFile(file, 'utf8'))));
      const page = await readFile(join(ROOT, 'docs/frameworks/README.md'), 'utf8');
      expect(
        shows(page, table, which),
        `node scripts/matrix.mjs after ${form}; the suites have:\n${table}`,
      ).toBe(true);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
  300_000,
);

const result = (folder: string, name: string, title: string, status = 'passed') => ({
  name: join(ROOT, `packages/routemeter/test/${folder}/${name}.test.ts`),
  assertionResults: [{ ancestorTitles: [title], status }],
});

test('the support matrix tells what failed', () => {
  const table = matrix(
    fromReport({
      testResults: [
        result('frameworks', 'koa', 'koa 3, router 15', 'failed'),
        result('frameworks', 'hapi', "hapi 21, 'plugin registered last'"),
        result('register', 'hapi', "'Node 20', 'hapi 21', 'cjs'"),
        result('register', 'hapi', "'Node 22', 'hapi 21', 'cjs'", 'failed'),
        result('register', 'nest', "Node 20, NestJS 12 on 'fastify'"),
        result('request', 'requests', 'express 9'),
      ],
    }),
  );
  expect(table.split('\n').slice(4)).toEqual([
    '| hapi 21 | yes | 20 | – |',
    '| Koa 3, @koa/router 15 | no | – | – |',
    '| NestJS 12 on Fastify | – | – | 20 |',
  ]);
});

test('a machine with other Nodes is asked for the same frameworks, not for the same Nodes', () => {
  const hapi = (node: number, status: string) =>
    matrix(
      fromReport({
        testResults: [
          result('frameworks', 'hapi', 'hapi 21', status),
          result('register', 'hapi', `'Node ${node}', 'hapi 21', 'cjs'`),
        ],
      }),
    );
  const page = writeMatrix('a\n<!-- matrix: begin -->\n<!-- matrix: end -->\nb\n', hapi(20, 'passed'));
  expect(shows(page, hapi(20, 'passed'))).toBe(true);
  expect(shows(page, hapi(24, 'passed'))).toBe(true);
  expect(shows(page, hapi(20, 'failed'))).toBe(false);
  expect(shows(page, hapi(24, 'failed'))).toBe(false);
});
