import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, test } from 'vitest';
import { startChild } from '../src/contract/child.ts';
import { Collector } from '../src/contract/collector.ts';
import { FILES, MANIFEST } from '../src/contract/nest/project.ts';
import { acquire } from '../src/lock.ts';
import { pack, ROOT } from '../src/pack.ts';

const run = promisify(execFile);
const PAGE = join(ROOT, 'docs/frameworks/nest.md');
const FOLDER = join(ROOT, '.cache/nest/project');

/** What the project depends on is installed once; the library is unpacked anew each time. */
async function install(): Promise<void> {
  await mkdir(FOLDER, { recursive: true });
  await acquire(`${FOLDER}.lock`);
  try {
    const manifest = JSON.stringify(MANIFEST);
    const path = join(FOLDER, 'package.json');
    const isKnown = existsSync(path) && (await readFile(path, 'utf8')) === manifest;
    if (!isKnown || !existsSync(join(FOLDER, 'node_modules/.package-lock.json'))) {
      await writeFile(path, manifest);
      const quiet = ['--no-audit', '--no-fund', '--no-package-lock', '--loglevel=error'];
      await run('npm', ['install', ...quiet], { cwd: FOLDER, timeout: 240_000 });
    }
    await unpack(join(FOLDER, 'node_modules/routemeter'));
    const [, program = ''] = /```ts\n(.*?)```/s.exec(await readFile(PAGE, 'utf8')) ?? [];
    for (const [name, text] of Object.entries({ ...FILES, 'src/docs.ts': program })) {
      await mkdir(dirname(join(FOLDER, name)), { recursive: true });
      await writeFile(join(FOLDER, name), text);
    }
  } finally {
    await rm(`${FOLDER}.lock`, { recursive: true, force: true });
  }
}

async function unpack(target: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'routemeter-pack-'));
  const { archive } = await pack('packages/routemeter', folder);
  await rm(target, { recursive: true, force: true });
  await mkdir(target, { recursive: true });
  await run('tar', ['xzf', archive, '-C', target, '--strip-components=1']);
  await rm(folder, { recursive: true, force: true });
}

const bin = (...path: string[]) => join(FOLDER, 'node_modules', ...path);

async function serve(args: readonly string[], paths: readonly string[]) {
  const collector = await Collector.open();
  const env = { ROUTEMETER_URL: collector.url, ROUTEMETER_FLUSH_MS: '20', ROUTEMETER_CPU: 'off' };
  const child = await startChild(process.execPath, args, env, FOLDER);
  try {
    for (const path of paths) await (await fetch(`http://127.0.0.1:${child.port}${path}`)).arrayBuffer();
    const requests = await collector.requests(paths.length);
    return { requests, lines: collector.lines, stderr: child.stderr() };
  } finally {
    await child.stop();
    collector.close();
  }
}

const tags = (http_route: string, http_status_code: string) => ({
  http_method: 'GET',
  http_route,
  http_status_code,
});

describe('a project as nest new makes it', () => {
  beforeAll(async () => {
    await install();
    await rm(join(FOLDER, 'dist'), { recursive: true, force: true });
    // Builds with the types as TypeScript finds them without `exports`.
    await run(process.execPath, [bin('typescript/bin/tsc'), '-p', 'tsconfig.json'], { cwd: FOLDER });
  }, 300_000);

  test('has its tests pass', async () => {
    const { stderr } = await run(process.execPath, [bin('jest/bin/jest.js')], {
      cwd: FOLDER,
      env: { ...process.env, NODE_OPTIONS: '' },
    });
    expect(stderr).toMatch(/^Tests: +2 passed, 2 total$/m);
  }, 90_000);

  test('has its routes named by the module', async () => {
    const { requests, lines, stderr } = await serve(
      ['dist/measured.js'],
      ['/', '/cats/7', '/cats/tom', '/dogs/rex', '/none/1'],
    );
    expect(requests).toEqual([
      tags('/', '200'),
      tags('/cats/:id', '200'),
      tags('/cats/:id', '400'),
      tags('/dogs/:name', '200'),
      tags('unmatched', '404'),
    ]);
    expect(lines.filter((line) => line.startsWith('DogsController.getDog:'))).toHaveLength(1);
    expect(lines.filter((line) => line.startsWith('dogs.asked:'))).toEqual(['dogs.asked:1|c']);
    expect(stderr).toBe('');
  });

  test('has its routes named by the preload', async () => {
    const { requests, stderr } = await serve(
      ['--import', 'routemeter/register', 'dist/main.js'],
      ['/', '/cats/7', '/none/1'],
    );
    expect(requests).toEqual([tags('/', '200'), tags('/cats/:id', '200'), tags('unmatched', '404')]);
    expect(stderr).toMatch(/^routemeter: instrumented @nestjs\/core 11\.2\.10, .*express 5[^\n]*\n$/);
  });

  test('has each request counted once by both', async () => {
    const { requests } = await serve(
      ['--import', 'routemeter/register', 'dist/measured.js'],
      ['/cats/7', '/dogs/rex'],
    );
    expect(requests).toEqual([tags('/cats/:id', '200'), tags('/dogs/:name', '200')]);
  });

  test('has the program of docs/frameworks/nest.md name requests as the table beside it says', async () => {
    const rows = [...(await readFile(PAGE, 'utf8')).matchAll(/^\| `GET (\S+)`[^|]* \| `(\S+)` \|$/gm)];
    expect(rows.length).toBeGreaterThan(2);
    const { requests, lines } = await serve(
      ['dist/docs.js'],
      rows.map(([, path]) => path!),
    );
    expect(requests.map(({ http_route }) => http_route).sort()).toEqual(
      rows.map(([, , route]) => route).sort(),
    );
    expect(lines.filter((line) => /^(Orders\.find|orders\.read):/.test(line))).toHaveLength(2);
  });
});
