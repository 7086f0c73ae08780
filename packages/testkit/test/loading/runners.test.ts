import { execFile } from 'node:child_process';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, test } from 'vitest';
import { isWhole } from '../../src/breadth.ts';
import { installedFolder, unpackLibrary } from '../../src/installed.ts';
import { suiteNodes } from '../../src/nodes.ts';

const run = promisify(execFile);
const PACKAGES = { express: '5.3.0', jest: '30.5.2', sinon: '22.1.0', supertest: '7.3.2', vitest: '4.1.12' };
const FILES = isWhole ? 20 : 14;
/** What so many files may keep, in MB: before, each of them kept four to five for good. */
const LEVEL_MB = 15;

let folder: string;
beforeAll(async () => {
  folder = await installedFolder('runners', { private: true, dependencies: PACKAGES });
  await unpackLibrary(folder);
});

/** The limit of the test's own is the one that counts; theirs of five seconds is within a crowded machine's reach. */
const PATIENT = '--testTimeout=240000';

/** Vitest would take the repository's own configuration. */
const configure = (at: string) =>
  writeFile(join(at, 'vitest.config.mjs'), "export default { test: { include: ['*.test.mjs'] } };\n");

/**
 * A test file that measures a request, and notes the heap as it finds it. The globals of a file that
 * Jest has torn down go only after several collections with turns of the loop between them: after one,
 * the heap rises by up to 50 MB before it falls back, with nothing kept.
 */
const testFile = (ending: 'closed' | 'unclosed', by: 'supertest' | 'fetch') => `
const { appendFileSync } = require('node:fs');
const { setFlagsFromString } = require('node:v8');
setFlagsFromString('--expose-gc');
const gc = require('node:vm').runInNewContext('gc');
test('measures', async () => {
  for (let n = 0; n < 4; n++) {
    gc();
    await new Promise((done) => setImmediate(done));
  }
  appendFileSync(process.env.HEAPS, process.memoryUsage().heapUsed / 2 ** 20 + '\\n');
  const express = await load('express');
  const { captureMeter } = await load('routemeter/testing');
  const meter = captureMeter();
  const app = express();
  app.use((await load('routemeter/express')).expressMeter(meter));
  app.get('/users/:id', (request, response) => response.end('ok'));
  globalThis.kept = { app, meter };
  if ('${by}' === 'supertest') await (await load('supertest'))(app).get('/users/7');
  else {
    const server = await new Promise((done) => { const made = app.listen(0, '127.0.0.1', () => done(made)); });
    await (await fetch('http://127.0.0.1:' + server.address().port + '/users/7', { headers: { connection: 'close' } })).text();
    await new Promise((done) => server.close(done));
  }
  await meter.settled();
  const metrics = await meter.metrics();
  expect(metrics.filter(({ name }) => name === 'http.server.request').length).toBe(1);
  if ('${ending}' === 'closed') await meter.close();
});
`;

describe('the heap is level over many test files', () => {
  const variants = (['closed', 'unclosed'] as const).flatMap((ending) =>
    (['jest', 'vitest'] as const).map((runner) => ({ runner, ending })),
  );
  test.each(variants)(
    '$runner, meters $ending',
    async ({ runner, ending }) => {
      const name = `heap-${runner}-${ending}`;
      const at = join(folder, name);
      await rm(at, { recursive: true, force: true });
      await mkdir(at, { recursive: true });
      const head =
        runner === 'vitest'
          ? "import { createRequire } from 'node:module';\nconst require = createRequire(import.meta.url);\nconst load = async (name) => { const all = await import(name); return all.default ?? all; };\n"
          : 'const load = async (name) => require(name);\n';
      const text = testFile(ending, ending === 'closed' ? 'fetch' : 'supertest');
      for (let n = 0; n < FILES; n++) {
        await writeFile(join(at, `f${n}.test.${runner === 'vitest' ? 'mjs' : 'js'}`), head + text);
      }
      const args =
        runner === 'jest'
          ? ['node_modules/jest/bin/jest.js', '--rootDir', at, '--runInBand', '--ci', PATIENT]
          : [
              'node_modules/vitest/vitest.mjs',
              'run',
              '--root',
              at,
              '--globals',
              '--pool=forks',
              '--maxWorkers=1',
              '--no-isolate',
              PATIENT,
            ];
      if (runner === 'vitest') await configure(at);
      const heaps = join(at, 'heaps.txt');
      await run(process.execPath, args, {
        cwd: folder,
        env: { ...process.env, HEAPS: heaps },
        timeout: 240_000,
      });
      const found = (await readFile(heaps, 'utf8')).trim().split('\n').map(Number);
      expect(found).toHaveLength(FILES);
      const median = (from: number) => found.slice(from, from + 5).sort((a, b) => a - b)[2]!;
      expect(median(FILES - 5) - median(4), found.map(Math.round).join(' ')).toBeLessThan(LEVEL_MB);
    },
    300_000,
  );
});

/** Loads the library before or after the clocks are replaced, and waits for all that can be waited for. */
const BODY = `
const load = () => ({ ...require('routemeter'), ...require('routemeter/testing') });
const body = async (fake, order) => {
  if (order === 'late') fake();
  const { captureMeter, createMeter } = load();
  if (order !== 'late') fake();
  const captured = captureMeter();
  captured.increment('hits');
  await captured.settled();
  if ((await captured.metrics()).length !== 1) throw new Error('nothing captured');
  await captured.close();
  const sent = createMeter({ url: 'udp://127.0.0.1:9' });
  sent.increment('hits');
  await sent.flush();
  await sent.close();
};
`;
const ALL = `['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'setImmediate', 'clearImmediate', 'Date', 'hrtime', 'nextTick', 'queueMicrotask', 'performance']`;

describe('settled, flush and close end under fake timers', async () => {
  const nodes = await suiteNodes();
  const orders = ['early', 'late'] as const;

  describe.each(nodes)('Node $major', ({ path }) => {
    test.each(orders)('of sinon, loaded %s', async (order) => {
      const file = join(folder, `sinon-${order}.cjs`);
      await writeFile(
        file,
        `${BODY}const clocks = require('sinon');\nlet clock;
body(() => { clock = clocks.useFakeTimers({ toFake: ${ALL} }); }, '${order}').then(() => { clock.restore(); console.log('ended'); });`,
      );
      const { stdout } = await run(path, [file], { cwd: folder, timeout: 240_000 });
      expect(stdout).toBe('ended\n');
    });

    test.each(orders)('of node:test, loaded %s', async (order) => {
      const file = join(folder, `node-${order}.cjs`);
      await writeFile(
        file,
        `${BODY}const { mock, test } = require('node:test');
test('ends', () => body(() => mock.timers.enable(), '${order}').then(() => { mock.timers.reset(); console.log('all ended'); }));`,
      );
      const { stdout } = await run(path, [file], { cwd: folder, timeout: 240_000 });
      expect(stdout).toContain('all ended');
    });
  });

  test('of Jest, modern and legacy, loaded early and late', async () => {
    const at = join(folder, 'timers-jest');
    await mkdir(at, { recursive: true });
    for (const kind of ['', '{ legacyFakeTimers: true }']) {
      for (const order of orders) {
        await writeFile(
          join(at, `${kind === '' ? 'modern' : 'legacy'}-${order}.test.js`),
          `${BODY}
test('ends', () => body(() => jest.useFakeTimers(${kind}), '${order}'));`,
        );
      }
    }
    const { stderr } = await run(
      process.execPath,
      ['node_modules/jest/bin/jest.js', '--rootDir', at, '--ci', PATIENT],
      { cwd: folder, timeout: 240_000 },
    );
    expect(stderr).toMatch(/Tests:\s+4 passed/);
  });

  test('of Vitest, loaded early and late', async () => {
    const at = join(folder, 'timers-vitest');
    await mkdir(at, { recursive: true });
    await configure(at);
    for (const order of orders) {
      await writeFile(
        join(at, `${order}.test.mjs`),
        `import { createRequire } from 'node:module';
const require = createRequire(import.meta.url);
${BODY}
test('ends', () => body(() => vi.useFakeTimers({ toFake: ${ALL} }), '${order}'));`,
      );
    }
    const args = [
      'node_modules/vitest/vitest.mjs',
      'run',
      '--root',
      at,
      '--globals',
      '--pool=threads',
      PATIENT,
    ];
    const { stdout } = await run(process.execPath, args, { cwd: folder, timeout: 240_000 });
    expect(stdout).toMatch(/Tests.*2 passed/);
  });
});
