// npm test: all that a change must pass, on a fresh clone too. Ends with what was skipped, and the counts.
// With --all, suites run on every Node and store, and with all repetitions. With --record, which files take longest is
// kept, since the next runs begin with them.
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { ROOT, said, status } from './lib/process.mjs';
import { build, install } from './lib/setup.mjs';

const CHROMIUM = '/usr/bin/chromium';
const REPORT = join(ROOT, '.cache/vitest.json');
const isCI = /^(1|true)$/i.test(process.env.CI ?? '');

/** Steps that failed, and what was left out. */
const failed = [];
const skipped = [];

if (process.platform !== 'linux' || process.arch !== 'x64') {
  skipped.push('Node 22, 24 and 26: npm has binaries for Linux on x64 alone');
}
await install();
await step('chromium', browser);
await step('build', build);
if (failed.length === 0) {
  // Each of these programs uses one core: side by side they use all of them.
  await Promise.all([
    step('lint', () => inTurn([['npm', 'run', '--silent', 'lint']])),
    step('types', types),
    step('package contents', () => inTurn(packages())),
  ]);
  await step('tests', tests);
  const check = ['scripts/matrix.mjs', '--check', REPORT];
  if (failed.length === 0) await step('support matrix', () => status(process.execPath, check));
}
report();

async function step(name, action) {
  const began = performance.now();
  console.log(`\n== ${name}`);
  const code = await Promise.resolve(action()).catch((error) => {
    console.error(error.message);
    return 1;
  });
  if (code) failed.push(name);
  const seconds = ((performance.now() - began) / 1000).toFixed(0);
  console.log(`== ${name}: ${code ? 'FAILED' : 'ok'} after ${seconds} s`);
}

/** Runs commands one after the other, however they end; what one said is told at once, as others run beside it. */
async function inTurn(commands) {
  const codes = [];
  for (const [command, ...args] of commands) {
    const { code, output } = await said(command, args);
    process.stdout.write(output);
    codes.push(code);
  }
  return codes.find(Boolean) ?? 0;
}

/** The page's tests need a browser: Debian has one, and root may install it. */
async function browser() {
  if (existsSync(CHROMIUM)) return 0;
  if (existsSync('/usr/bin/apt-get') && process.getuid?.() === 0) {
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    const updated = await status('apt-get', ['update', '-qq'], { env });
    const args = ['install', '-y', '-qq', '--no-install-recommends', 'chromium'];
    if (updated === 0 && (await status('apt-get', args, { env })) === 0) return 0;
  }
  if (isCI) throw new Error(`${CHROMIUM} is missing and could not be installed`);
  skipped.push(`the page in a browser: ${CHROMIUM} is missing`);
  return 0;
}

/** As `npm run typecheck`, two at a time. */
async function types() {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json')));
  const commands = scripts.typecheck.split(' && ').map((one) => ['npx', '--no-install', ...one.split(' ')]);
  const lanes = [0, 1].map((lane) => commands.filter((_, at) => at % 2 === lane));
  return (await Promise.all(lanes.map(inTurn))).find(Boolean);
}

/** What npm would publish resolves everywhere: Node and bundlers, ESM and CommonJS, old TypeScript too. */
function packages() {
  const npx = (...words) => ['npx', '--no-install', ...words];
  return [
    npx('publint', 'run', '--strict', 'packages/routemeter'),
    npx('publint', 'run', '--strict', 'packages/live'),
    npx('attw', '--pack', 'packages/routemeter'),
    npx('attw', '--pack', 'packages/live', '--profile', 'esm-only'),
  ];
}

function tests() {
  mkdirSync(join(ROOT, '.cache'), { recursive: true });
  rmSync(REPORT, { force: true });
  const slowest = join(ROOT, 'scripts/lib/slowest.mjs');
  const reporters = ['default', 'json', slowest].map((name) => `--reporter=${name}`);
  const env = { ...process.env };
  if (process.argv.includes('--all')) env.ROUTEMETER_TESTS = 'all';
  if (process.argv.includes('--record')) env.ROUTEMETER_RECORD = '1';
  const args = ['--no-install', 'vitest', 'run', ...reporters, `--outputFile.json=${REPORT}`];
  return status('npx', args, { env });
}

function report() {
  const counts = { passed: 0, failed: 0, skipped: skipped.length };
  for (const file of existsSync(REPORT) && !failed.includes('build')
    ? JSON.parse(readFileSync(REPORT)).testResults
    : []) {
    if (file.status === 'failed' && file.assertionResults.length === 0) counts.failed++;
    for (const { status, fullName } of file.assertionResults) {
      if (status === 'passed' || status === 'failed') counts[status]++;
      else {
        counts.skipped++;
        skipped.push(`${relative(ROOT, file.name)}: ${fullName}`);
      }
    }
  }
  // A step without tests of its own that failed counts as one failure.
  counts.failed += failed.filter((name) => name !== 'tests' || counts.failed === 0).length;

  console.log(
    skipped.length
      ? `\nSkipped:\n${skipped.map((what) => `  ${what}`).join('\n')}`
      : '\nNothing was skipped.',
  );
  if (failed.length) console.log(`Failed: ${failed.join(', ')}`);
  console.log(`\n${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
  process.exitCode = failed.length ? 1 : 0;
}
