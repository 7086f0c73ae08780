import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, expect, it } from 'vitest';
import { buildLibrary } from '../../../testkit/src/contract/library.ts';

const run = promisify(execFile);
const library = await buildLibrary('testing-runners');
const folder = await mkdtemp(join(tmpdir(), 'routemeter-runners-'));
afterAll(() => rm(folder, { recursive: true, force: true }));

it('the matchers work in Jest, in a CommonJS project', async () => {
  await writeFile(join(folder, 'package.json'), '{ "private": true }');
  await writeFile(
    join(folder, 'metrics.test.js'),
    `const { captureMeter, expectMetric, metricMatchers } = require(${JSON.stringify(library.cjs('testing'))});
expect.extend(metricMatchers);
test('records', async () => {
  const meter = captureMeter();
  meter.increment('hits', 1, { tags: { plan: 'free' } });
  meter.time('feed', () => {});
  await meter.settled();
  expect(meter).toHaveMetric('hits', { tags: { plan: 'free' }, times: 1 });
  expect(meter).not.toHaveMetric('misses');
  expect(() => expect(meter).toHaveMetric('hits', { times: 2 })).toThrow('expected exactly 2 samples of "hits"');
  expectMetric('feed').times(1);
});
`,
  );
  const jest = createRequire(import.meta.url).resolve('jest/bin/jest');
  const { stderr } = await run(process.execPath, [jest, '--rootDir', folder, '--ci', '--testTimeout=60000'], {
    cwd: folder,
    timeout: 120_000,
  });
  expect(stderr).toMatch(/Tests:\s+1 passed/);
});

it('the CommonJS build finds the addon for Unix datagrams, or says why not', async () => {
  const script = `
    const { createMeter } = require(${JSON.stringify(library.cjs('index'))});
    process.stdout.write(createMeter({ url: 'unix:///run/nobody.socket' }).stats().outputs[0].url);
  `;
  const options = { cwd: folder, timeout: 60_000 };
  // The folder has no addon; beside the library, in the repository, there may be one.
  const { stdout, stderr } = await run(process.execPath, ['-e', script], options);
  if (stdout.startsWith('udp:')) expect(stderr).toContain('RM_ADDON_MISSING');
  else expect(stdout).toBe('unix:///run/nobody.socket');
});

it('a thread that delivers at exit runs none of the preloads again', async () => {
  const preload = join(folder, 'preload.mjs');
  await writeFile(
    preload,
    `import { appendFileSync } from 'node:fs'; import { isMainThread } from 'node:worker_threads';
     appendFileSync(${JSON.stringify(join(folder, 'loaded'))}, isMainThread ? 'main ' : 'thread ');`,
  );
  const app = join(folder, 'app.mjs');
  await writeFile(
    app,
    `import { createServer } from 'node:net';
     import { createMeter } from ${JSON.stringify(library.esm('index'))};
     const [, , port] = process.argv;
     createMeter({ url: 'tcp://127.0.0.1:' + port, exitWaitMs: 10000 }).count('c');
     process.exit(0);`,
  );
  const { createServer } = await import('node:net');
  let received = '';
  const server = createServer((socket) => socket.on('data', (chunk) => (received += chunk)));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await run(process.execPath, [app, String(port)], {
    env: { ...process.env, NODE_OPTIONS: `--import ${preload}` },
    timeout: 60_000,
  });
  await expect.poll(() => received).toBe('c:1|c\n');
  server.close();
  const { readFile } = await import('node:fs/promises');
  expect(await readFile(join(folder, 'loaded'), 'utf8')).toBe('main ');
});
