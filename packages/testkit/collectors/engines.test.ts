import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { ENGINES } from '../src/collectors/engines.ts';
import { settle } from '../src/collectors/rows.ts';
import { ROOT } from '../src/pack.ts';

const RUN_MS = 1_200_000;

/** Tests of `npm test` that write to an engine, ask one, are scraped by one, or see one go down and come back. */
const FILES = {
  written: 'packages/live/test/write/engines.test.ts',
  scraped: 'packages/live/test/scrape/scrape.test.ts',
  asked: 'packages/live/test/store/promql.test.ts',
  fleet: 'packages/testkit/test/fleet/fleet.test.ts',
  copied: 'packages/live/test/page/copied-queries.test.ts',
};

interface Report {
  testResults: {
    name: string;
    message: string;
    assertionResults: { fullName: string; status: string; failureMessages: string[] }[];
  }[];
}

for (const engine of ENGINES) {
  const { id, name, variable, pattern } = engine;
  test(
    `${id}: --write, --store and /metrics with ${name} of today`,
    async () => {
      const { path, version } = await engine.install();
      const folder = await mkdtemp(join(tmpdir(), 'routemeter-engine-'));
      try {
        const file = join(folder, 'report.json');
        const args = [
          '--no-install',
          'vitest',
          'run',
          '--reporter=json',
          `--outputFile=${file}`,
          ...Object.values(FILES),
        ];
        const env = { ...process.env, [variable]: path, VITEST: undefined, VITEST_WORKER_ID: undefined };
        await promisify(execFile)('npx', args, { cwd: ROOT, env, timeout: RUN_MS, maxBuffer: 2 ** 26 }).catch(
          () => {},
        );
        const { testResults } = JSON.parse(await readFile(file, 'utf8')) as Report;
        const saw: Record<string, string> = {};
        for (const [what, wanted] of Object.entries(FILES)) {
          const results = testResults.find((one) => one.name.endsWith(wanted))!;
          const own = results.assertionResults.filter(({ fullName }) => pattern.test(fullName));
          expect(
            own
              .filter(({ status }) => status === 'failed')
              .map(({ fullName, failureMessages }) => [fullName, failureMessages]),
          ).toEqual([]);
          const passed = own.filter(({ status }) => status === 'passed').length;
          expect(passed, what).toBeGreaterThan(0);
          saw[what] = `${passed} tests`;
        }
        settle({ kind: 'store', id, name, version, saw });
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    },
    RUN_MS + 1_800_000,
  );
}
