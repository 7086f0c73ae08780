// npm run test:frameworks: every framework that has no suite of its own in npm test, each on all Nodes that it runs on,
// built and started as its documentation says, and on one of them with 10,000 ordinary and 10,000 hostile addresses;
// and 2000 units of each library that hands them to handlers. What is given goes to Vitest; without anything, the
// weekly matrix of the documentation is held against the results.
import { join } from 'node:path';
import { ROOT, status } from './lib/process.mjs';
import { build, install } from './lib/setup.mjs';

const REPORT = join(ROOT, '.cache/vitest-frameworks.json');
const TESTS = [
  'packages/testkit/test/frameworks',
  'packages/routemeter/test/work/sources',
  'packages/routemeter/test/work/lambda.test.ts',
];
const args = process.argv.slice(2);

await install();
process.exitCode = (await build()) || (await tests()) || (args.length === 0 ? await matrix() : 0);

function tests() {
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${REPORT}`];
  return status('npx', ['--no-install', 'vitest', 'run', ...TESTS, ...reporters, ...args], {
    env: { ...process.env, ROUTEMETER_FRAMEWORKS: 'full' },
  });
}

function matrix() {
  return status(process.execPath, ['scripts/matrix.mjs', '--weekly', '--check', REPORT]);
}
