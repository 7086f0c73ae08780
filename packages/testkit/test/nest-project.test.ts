import { execFile } from 'node:child_process';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, test } from 'vitest';
import { startChild } from '../src/contract/child.ts';
import { Collector } from '../src/contract/collector.ts';
import { FILES, MANIFEST } from '../src/contract/nest/project.ts';
import { installedFolder, unpackLibrary } from '../src/installed.ts';
import { ROOT } from '../src/pack.ts';

const run = promisify(execFile);
const PAGE = join(ROOT, 'docs/frameworks/nest.md');
let folder = '';

async function write(folder: string): Promise<void> {
  const [, program = ''] = /```ts\n(.*?)```/s.exec(await readFile(PAGE, 'utf8')) ?? [];
  for (const [name, text] of Object.entries({ ...FILES, 'src/docs.ts': program })) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
}

const bin = (...path: string[]) => join(folder, 'node_modules', ...path);

async function serve(args: readonly string[], paths: readonly string[]) {
  const collector = await Collector.open();
  const env = { ROUTEMETER_URL: collector.url, ROUTEMETER_FLUSH_MS: '20', ROUTEMETER_CPU: 'off' };
  const child = await startChild(process.execPath, args, env, folder);
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
    folder = await installedFolder('nest/project', MANIFEST);
    await unpackLibrary(folder);
    await write(folder);
    await rm(join(folder, 'dist'), { recursive: true, force: true });
    // Builds with the types as TypeScript finds them without `exports`.
    await run(process.execPath, [bin('typescript/bin/tsc'), '-p', 'tsconfig.json'], { cwd: folder });
  });

  test('has its tests pass', async () => {
    const { stderr } = await run(process.execPath, [bin('jest/bin/jest.js'), '--testTimeout=240000'], {
      cwd: folder,
      env: { ...process.env, NODE_OPTIONS: '' },
    });
    expect(stderr).toMatch(/^Tests: +2 passed, 2 total$/m);
  });

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
