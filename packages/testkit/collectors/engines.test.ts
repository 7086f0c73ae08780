import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { ENGINES, FILES } from '../src/collectors/engines.ts';
import { settle } from '../src/collectors/rows.ts';
import { ROOT } from '../src/pack.ts';

const RUN_MS = 1_200_000;

interface Report {
  testResults: {
    name: string;
    message: string;
    assertionResults: { fullName: string; status: string; failureMessages: string[] }[];
  }[];
}

for (const engine of ENGINES) {
  const { id, name, pattern, tried } = engine;
  test(
    `${id}: what is written, asked and scraped, with ${name} of today`,
    async () => {
      const { version, env: programs } = await engine.install();
      const folder = await mkdtemp(join(tmpdir(), 'routemeter-engine-'));
      try {
        const file = join(folder, 'report.json');
        const args = [
          '--no-install',
          'vitest',
          'run',
          '--reporter=json',
          `--outputFile=${file}`,
          ...tried.map((what) => FILES[what]),
        ];
        const env = { ...process.env, ...programs, VITEST: undefined, VITEST_WORKER_ID: undefined };
        await promisify(execFile)('npx', args, { cwd: ROOT, env, timeout: RUN_MS, maxBuffer: 2 ** 26 }).catch(
          () => {},
        );
        const { testResults } = JSON.parse(await readFile(file, 'utf8')) as Report;
        const saw: Record<string, number> = {};
        for (const what of tried) {
          const results = testResults.find((one) => one.name.endsWith(FILES[what]))!;
          const own = results.assertionResults.filter(({ fullName }) => pattern.test(fullName));
          expect(
            own
              .filter(({ status }) => status === 'failed')
              .map(({ fullName, failureMessages }) => [fullName, failureMessages]),
          ).toEqual([]);
          const passed = own.filter(({ status }) => status === 'passed').length;
          expect(passed, what).toBeGreaterThan(0);
          saw[what] = passed;
        }
        settle({ kind: 'store', id, name, version, saw });
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    },
    RUN_MS + 1_800_000,
  );
}
