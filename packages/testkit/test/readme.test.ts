import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { collect, type Printed, until } from '../src/live.ts';
import { emptyFolder, installInto, type Packed, pack, pinned, ROOT } from '../src/pack.ts';
import { type Snippet, snippetsOf } from '../src/readme.ts';
import { type StatsdServer, startStatsd } from '../src/statsd.ts';

const run = promisify(execFile);
const FREE_PORT = join(ROOT, 'packages/testkit/test/fixtures/free-port.cjs');
const INSTALL_MS = 300_000;

/** An app that knows nothing of us, for the commands that measure one unchanged. */
const PLAIN_APP = `
const app = require('express')();
app.get('/users/:id', (req, res) => res.json({ id: req.params.id }));
app.listen(3000);
`;

let snippets: Snippet[];
let packed: { library: Packed; live: Packed };
let folder: string;
let statsd: StatsdServer;
const running: ChildProcess[] = [];

beforeAll(async () => {
  snippets = snippetsOf(await readFile(join(ROOT, 'README.md'), 'utf8'));
  folder = await emptyFolder();
  packed = { library: await pack('packages/routemeter', folder), live: await pack('packages/live', folder) };
  const others = await Promise.all(['express', '@types/express', '@types/node'].map(pinned));
  await installInto(folder, [packed.library.archive, packed.live.archive, ...others]);
  for (const { name, code } of snippets.filter(({ name }) => /\.(mjs|cjs|ts|js)$/.test(name))) {
    await writeFile(join(folder, name), code);
  }
  await writeFile(join(folder, 'server.js'), PLAIN_APP);
  statsd = await startStatsd();
}, INSTALL_MS);
afterAll(async () => {
  statsd?.close();
  await rm(folder, { recursive: true, force: true });
});
afterEach(async () => {
  for (const child of running.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    const closed = once(child, 'close');
    // The shell, and all that it started: they are a process group of their own.
    process.kill(-child.pid!, 'SIGTERM');
    await closed;
  }
});

/** Runs a command line in the folder, as the README has it, but with free ports. */
function shell(command: string, env: NodeJS.ProcessEnv = {}): Printed {
  const child = spawn('sh', ['-c', command], {
    cwd: folder,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      NODE_OPTIONS: `--require ${FREE_PORT}`,
      ROUTEMETER_FLUSH_MS: '100',
      ROUTEMETER_LIVE_PORT: '0',
      ROUTEMETER_LIVE_STATSD_PORT: '0',
      ...env,
    },
  });
  running.push(child);
  return collect(child);
}

async function visit(printed: Printed, ...paths: string[]): Promise<void> {
  const [, port] = await printed.find(/^port (\d+)$/m);
  for (const path of paths) expect((await fetch(`http://127.0.0.1:${port}${path}`)).status, path).toBe(200);
}

function snippet(name: string): string {
  const found = snippets.find((one) => one.name === name);
  if (found === undefined) throw new Error(`the README has no snippet "${name}"`);
  return found.code;
}

/** Lines with their numbers taken out, each once. */
function shapes(lines: readonly string[]): string[] {
  return [...new Set(lines.map((line) => line.replace(/(:[\d.]+)+\|/, ':N|')))].sort();
}

const textOf = (value: string) => value.replace(/:\d{4,5}\b/g, ':PORT').trim();

test('every snippet of the READMEs has a test here', async () => {
  expect(snippets.map(({ name }) => name)).toEqual([
    'command',
    'command-output',
    'first.mjs',
    'first-output',
    'preload',
    'demo',
    'blocks.mjs',
    'app.ts',
    'http.cjs',
    'home.test.js',
    'server',
  ]);
  const known = new Set(snippets.map(({ code }) => code));
  for (const name of ['routemeter', 'live']) {
    const own = snippetsOf(await readFile(join(ROOT, 'packages', name, 'README.md'), 'utf8'));
    for (const { code } of own) expect(known, code).toContain(code);
  }
});

test('the first screen has at most six lines of code', () => {
  expect(snippet('first.mjs').split('\n').filter(Boolean).length).toBeLessThanOrEqual(6);
});

describe('commands', () => {
  test('routemeter-live runs an app unchanged, and prints what the README says', async () => {
    const printed = shell(snippet('command'));
    await visit(printed, '/users/1', '/users/2');
    const wanted = snippet('command-output');
    expect(textOf(printed.text())).toContain(textOf(wanted));
    const [, page] = /page (http:\S+)/.exec(printed.text())!;
    const routes = await until(
      async () =>
        ((await (await fetch(`${page}/api/routes`)).json()) as { routes: Array<Record<string, unknown>> })
          .routes,
      ([first]) => first?.count === 2,
    );
    expect(routes).toMatchObject([{ route: '/users/:id', method: 'GET', count: 2 }]);
  });

  test('routemeter-live alone is a StatsD server', async () => {
    const printed = shell(snippet('server'));
    const [, page, , port] = await printed.find(/page (http:\S+)\s+statsd udp:\/\/(127\.0\.0\.1):(\d+)/);
    await fetch(`${page}/livez`);
    const { createSocket } = await import('node:dgram');
    const socket = createSocket('udp4');
    await new Promise((sent) => socket.send('jobs:3|c', Number(port), '127.0.0.1', sent));
    socket.close();
    const { metrics } = await until(
      async () => (await (await fetch(`${page}/api/metrics`)).json()) as { metrics: unknown[] },
      (answer) => answer.metrics.length > 0,
    );
    expect(metrics).toMatchObject([{ name: 'jobs', type: 'count' }]);
  });

  test('the preload measures from the environment', async () => {
    const before = statsd.lines().length;
    const printed = shell(snippet('preload').replace('8125', String(statsd.port)));
    await visit(printed, '/users/1');
    const lines = await until(
      () => statsd.lines().slice(before),
      (all) => all.length >= 2,
    );
    expect(shapes(lines)).toContain(
      'http.server.request:N|d|#http_route:/users/:id,http_method:GET,http_status_code:200',
    );
  });

  test('the demo is the command that the README names', async () => {
    const { scripts } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as {
      scripts: Record<string, string>;
    };
    expect(snippet('demo').trim()).toBe('npm run demo');
    // Run by demo.test.ts.
    expect(scripts.demo).toBe('node scripts/demo.mjs');
  });
});

describe('an ESM app', () => {
  test('sends the lines that the README shows', async () => {
    const before = statsd.lines().length;
    const printed = shell('node first.mjs', { ROUTEMETER_URL: statsd.url });
    await visit(printed, '/users/1', '/users/2');
    const wanted = snippet('first-output').trim().split('\n');
    const lines = await until(
      () => statsd.lines().slice(before),
      (all) => shapes(all).length >= wanted.length,
    );
    expect(shapes(lines).filter((line) => !line.includes('cpu_after'))).toEqual(shapes(wanted));
  });

  test('times blocks', async () => {
    const before = statsd.lines().length;
    const { stdout } = await run(process.execPath, ['blocks.mjs'], {
      cwd: folder,
      env: { ...process.env, ROUTEMETER_URL: statsd.url },
    });
    expect(stdout).toBe('first post\nsecond post\n');
    const lines = await until(
      () => statsd.lines().slice(before),
      (all) => all.length >= 6,
    );
    expect(shapes(lines)).toEqual([
      'myapp.feed.cpu:N|d|#source:cache',
      'myapp.feed:N|d|#source:cache',
      'myapp.logins:N|c|#plan:free',
      'myapp.queue:N|g',
      'myapp.render.cpu:N|d',
      'myapp.render:N|d',
    ]);
  });
});

describe('a CommonJS app', () => {
  test('measures a bare server', async () => {
    const before = statsd.lines().length;
    const printed = shell('node http.cjs', { ROUTEMETER_URL: statsd.url });
    await visit(printed, '/users/42?page=2');
    const lines = await until(
      () => statsd.lines().slice(before),
      (all) => all.length >= 2,
    );
    expect(shapes(lines)).toContain(
      'http.server.request:N|d|#http_route:/users/:id,http_method:GET,http_status_code:200',
    );
  });

  test('runs the Jest test', async () => {
    const jest = join(ROOT, 'node_modules/jest/bin/jest.js');
    const config = JSON.stringify({ rootDir: folder, transform: {}, testEnvironment: 'node' });
    const { stderr } = await run(
      process.execPath,
      [jest, '--config', config, '--testTimeout=240000', 'home.test.js'],
      {
        cwd: folder,
      },
    );
    expect(stderr).toMatch(/Tests:\s+1 passed, 1 total/);
  });
});

describe('a TypeScript app', () => {
  const TSC = join(ROOT, 'node_modules/typescript/bin/tsc');
  const COMMON = ['--strict', '--target', 'es2022', '--esModuleInterop', '--types', 'node'];

  test.each([
    { about: 'nodenext', options: ['--module', 'nodenext'] },
    {
      about: 'commonjs with node10 resolution',
      options: ['--module', 'commonjs', '--moduleResolution', 'node10', '--ignoreDeprecations', '6.0'],
    },
    {
      about: 'nodenext with experimental decorators',
      options: ['--module', 'nodenext', '--experimentalDecorators', '--skipLibCheck'],
    },
    {
      about: 'bundler resolution',
      options: ['--module', 'esnext', '--moduleResolution', 'bundler', '--skipLibCheck'],
      isCompiledOnly: true,
    },
  ])('compiles with $about, and runs', async ({ options, isCompiledOnly }) => {
    const args = [...COMMON, ...options, ...(isCompiledOnly ? ['--noEmit'] : ['--outDir', 'out']), 'app.ts'];
    await run(process.execPath, [TSC, ...args], { cwd: folder }).catch((error) => expect.fail(error.stdout));
    if (isCompiledOnly) return;
    const before = statsd.lines().length;
    const printed = shell('node out/app.js', { ROUTEMETER_URL: statsd.url });
    await visit(printed, '/users/7/feed');
    const lines = await until(
      () => statsd.lines().slice(before),
      (all) => all.length >= 4,
    );
    const tags = '#http_route:/users/:id/feed,http_method:GET';
    expect(shapes(lines).filter((line) => !line.includes('cpu_after'))).toEqual([
      `myapp.Feed.load.cpu:N|d|${tags}`,
      `myapp.Feed.load:N|d|${tags}`,
      `myapp.http.server.request.cpu:N|d|${tags}`,
      `myapp.http.server.request:N|d|${tags},http_status_code:200`,
    ]);
  });
});

describe('what npm publishes', () => {
  test('holds the build, the README and the licence, and nothing else', () => {
    for (const { files } of Object.values(packed)) {
      expect(files.filter((file) => !/^(dist|schema)\//.test(file)).sort()).toEqual([
        'LICENSE',
        'README.md',
        'package.json',
      ]);
      expect(files.filter((file) => /\.(ts|map)$/.test(file) && !/\.d\.[cm]ts$/.test(file))).toEqual([]);
    }
  });

  test.each(['routemeter', 'routemeter-live'])('%s --version tells the version', async (name) => {
    const { stdout } = await run(join(folder, 'node_modules/.bin', name), ['--version']);
    const manifest = await readFile(join(folder, 'node_modules', name, 'package.json'), 'utf8');
    expect(stdout.trim()).toBe((JSON.parse(manifest) as { version: string }).version);
  });

  test('the library is at most 2 MB and 8 packages, its dependencies included', {
    timeout: INSTALL_MS,
  }, async () => {
    const alone = await emptyFolder();
    try {
      await installInto(alone, [packed.library.archive]);
      const lock = JSON.parse(await readFile(join(alone, 'node_modules/.package-lock.json'), 'utf8')) as {
        packages: object;
      };
      const bytes = await sizeOf(join(alone, 'node_modules'));
      expect(Object.keys(lock.packages).length).toBeLessThanOrEqual(8);
      expect(bytes).toBeLessThanOrEqual(2 * 1024 * 1024);
    } finally {
      await rm(alone, { recursive: true, force: true });
    }
  });
});

async function sizeOf(path: string): Promise<number> {
  let bytes = 0;
  for (const name of await readdir(path, { recursive: true })) {
    const found = await stat(join(path, name));
    if (found.isFile()) bytes += found.size;
  }
  return bytes;
}
