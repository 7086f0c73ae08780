import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect, constants } from 'node:http2';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startChild } from '../../../testkit/src/contract/child.ts';
import { Collector } from '../../../testkit/src/contract/collector.ts';
import { buildLibrary, type Library } from '../../../testkit/src/contract/library.ts';
import { until } from '../../../testkit/src/live.ts';

let library: Library;
let folder: string;
const expressPath = JSON.stringify(createRequire(import.meta.url).resolve('express5'));

beforeAll(async () => {
  library = await buildLibrary('register-preload');
  folder = await mkdtemp(join(tmpdir(), 'routemeter-preload-'));
  await write('empty.mjs', '');
  await write('empty.cjs', '');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function write(name: string, text: string): Promise<string> {
  const file = join(folder, name);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
  return file;
}

interface Ended {
  code: number | string | null;
  stdout: string;
  stderr: string;
}

/** Runs a program to its end with the preloads in NODE_OPTIONS, so that its children have them, too. */
function run(file: string, nodeOptions: string): Promise<Ended> {
  return new Promise((resolve) => {
    const env = { PATH: process.env.PATH ?? '', NODE_OPTIONS: nodeOptions, ROUTEMETER_URL: 'null:' };
    execFile(process.execPath, [file], { env, cwd: folder }, (error, stdout, stderr) => {
      const code = error === null ? 0 : ((error.code ?? null) as Ended['code']);
      // Node itself tells the number of the process in warnings.
      resolve({ code, stdout, stderr: stderr.replace(/\(node:\d+\)/g, '(node)') });
    });
  });
}

const CHILD = 'await import("./inner.mjs");';
const PROGRAMS: Record<string, string> = {
  'ends.mjs': 'console.log("out"); console.error("err"); process.exitCode = 3;',
  'ends.cjs': 'console.log("out"); console.error("err"); process.exit(4);',
  'throws.mjs': 'throw new TypeError("at start");',
  'throws.cjs': 'throw new TypeError("at start");',
  'nested-throws.cjs': 'require("./throws.cjs");',
  'nested-throws.mjs': 'import "./throws.cjs";',
  'missing.cjs': 'require("./not-there.cjs");',
  'missing.mjs': 'import "./not-there.mjs";',
  'rejects.mjs': 'Promise.reject(new RangeError("later"));',
  'express-throws.cjs': `require(${expressPath}); throw new Error("after express");`,
  'express-misused.cjs': `require(${expressPath})().get("/:", () => {});`,
  'worker.mjs':
    'import { Worker } from "node:worker_threads"; new Worker("console.log(1)", { eval: true }).on("exit", (code) => console.log("worker", code));',
  'child.mjs':
    'import { execFileSync } from "node:child_process"; console.log(execFileSync(process.execPath, ["-p", "6*7"], { encoding: "utf8" }));',
  'net.mjs':
    'import net from "node:net"; const server = net.createServer().listen(0, "127.0.0.1", () => server.close());',
  'handles.mjs': 'setTimeout(() => console.log(process.getActiveResourcesInfo()), 5);',
  'module-objects.cjs':
    'const inner = require("node:module"); console.log(Object.keys(module), module.loaded, Object.getOwnPropertyDescriptor(require.cache[__filename], "loaded"), inner.prototype.loaded);',
};

describe('a program without an HTTP server runs as without us', () => {
  test.each(Object.keys(PROGRAMS))('%s', async (name) => {
    for (const [file, text] of Object.entries(PROGRAMS)) await write(file, text);
    await write('inner.mjs', CHILD);
    const file = join(folder, name);
    const bare = await run(file, '');
    expect(await run(file, `-r ${library.cjs('register')}`)).toEqual(bare);
    // A preload of any kind changes Node's own lines in a stack: compared with an empty one.
    const control = await run(file, `--import ${pathToFileURL(join(folder, 'empty.mjs')).href}`);
    expect(await run(file, `--import ${pathToFileURL(library.esm('register')).href}`)).toEqual(control);
  });
});

const BARE = `
import http from 'node:http';
const server = http.createServer((req, res) => res.end('ok'));
server.listen(0, '127.0.0.1', () => console.log('port ' + server.address().port));
process.on('SIGTERM', () => process.exit(0));
`;

/** Starts a program under the preload and gives what was counted for some paths. */
async function measure(
  file: string,
  paths: readonly string[],
  { env = {}, args }: { env?: Record<string, string>; args?: string[] } = {},
): Promise<{ routes: string[]; stderr: string }> {
  const collector = await Collector.open();
  const all = { ROUTEMETER_URL: collector.url, ROUTEMETER_FLUSH_MS: '20', ...env };
  const preload = args ?? ['--import', pathToFileURL(library.esm('register')).href];
  const child = await startChild(process.execPath, [...preload, file], all, folder);
  try {
    // Each on a connection of its own, so that all workers of a cluster have some.
    for (const path of paths) {
      const init = { headers: { connection: 'close' } };
      await fetch(`http://127.0.0.1:${child.port}${path}`, init).then((answer) => answer.text());
    }
    const isOn = env.ROUTEMETER_ENABLED === undefined;
    const requests = await collector.requests(paths.length, isOn ? 60_000 : 200);
    if (isOn && env.ROUTEMETER_SILENT === undefined) {
      await until(child.stderr, (text) => text.includes('routemeter:'));
    }
    return { routes: requests.map(({ http_route }) => http_route!), stderr: child.stderr() };
  } finally {
    await child.stop();
    collector.close();
  }
}

describe('a server', () => {
  const paths = ['/users/1', '/users/2', '/about'];
  const named = ['/about', '/users/:id', '/users/:id'];

  test('without a framework is measured by guessed templates, and told in one line', async () => {
    const { routes, stderr } = await measure(await write('bare.mjs', BARE), paths);
    expect(routes).toEqual(named);
    expect(stderr).toBe('routemeter: no framework found, routes are guessed from URLs\n');
  });

  test('is not told of with ROUTEMETER_SILENT=1', async () => {
    const env = { ROUTEMETER_SILENT: '1' };
    const { routes, stderr } = await measure(await write('bare.mjs', BARE), paths, { env });
    expect(routes).toEqual(named);
    expect(stderr).toBe('');
  });

  test('is left alone with ROUTEMETER_ENABLED=false', async () => {
    const env = { ROUTEMETER_ENABLED: 'false' };
    const { routes, stderr } = await measure(await write('bare.mjs', BARE), paths, { env });
    expect(routes).toEqual([]);
    expect(stderr).toBe('');
  });

  test('is measured once where the preload is given twice, in both formats', async () => {
    const args = ['-r', library.cjs('register'), '--import', pathToFileURL(library.esm('register')).href];
    const { routes, stderr } = await measure(await write('bare.mjs', BARE), paths, { args });
    expect(routes).toEqual(named);
    expect(stderr.match(/routemeter/g)).toHaveLength(1);
  });

  test('of HTTP/2 is measured, a stream that the client reset as aborted', async () => {
    const server = BARE.replace("'node:http'", "'node:http2'").replace(
      "res.end('ok')",
      "req.url === '/never/1' || res.end('ok')",
    );
    const collector = await Collector.open();
    const env = { ROUTEMETER_URL: collector.url, ROUTEMETER_FLUSH_MS: '20' };
    const preload = pathToFileURL(library.esm('register')).href;
    const file = await write('http2.mjs', server);
    const child = await startChild(process.execPath, ['--import', preload, file], env);
    const client = connect(`http://127.0.0.1:${child.port}`);
    try {
      const answered = client.request({ ':path': '/users/1' }).resume();
      await once(answered, 'close');
      const reset = client.request({ ':path': '/never/1' });
      setTimeout(() => reset.close(constants.NGHTTP2_CANCEL), 30);
      await once(reset, 'close');
      expect(await collector.requests(2)).toEqual([
        { aborted: 'true', http_route: '/never/:id', http_method: 'GET', http_status_code: '499' },
        { http_route: '/users/:id', http_method: 'GET', http_status_code: '200' },
      ]);
    } finally {
      client.destroy();
      await child.stop();
      collector.close();
    }
  });

  test('in the workers of a cluster is measured in each, and told of once', async () => {
    const text = `
      import cluster from 'node:cluster';
      import http from 'node:http';
      if (cluster.isPrimary) {
        for (let n = 0; n < 3; n++) cluster.fork();
        let listening = 0;
        cluster.on('listening', (_worker, { port }) => ++listening === 3 && console.log('port ' + port));
        process.on('SIGTERM', () => process.exit(0));
      } else {
        http.createServer((req, res) => res.end('ok')).listen(0, '127.0.0.1');
        process.on('disconnect', () => process.exit(0));
      }`;
    const { routes, stderr } = await measure(await write('cluster.mjs', text), [...paths, ...paths]);
    expect(routes).toEqual([...named, ...named].sort());
    expect(stderr.match(/routemeter:/g)).toHaveLength(1);
  });

  test('in a worker thread is measured', async () => {
    await write(
      'bare.mjs',
      BARE.replace('console.log(', 'postMessage(')
        .replace(/process\.on.*/, '')
        .replace(
          "import http from 'node:http';",
          "import http from 'node:http'; import { parentPort } from 'node:worker_threads'; const postMessage = (text) => parentPort.postMessage(text);",
        ),
    );
    const text = `import { Worker } from 'node:worker_threads';
      new Worker(new URL('./bare.mjs', import.meta.url)).on('message', (text) => console.log(text));
      process.on('SIGTERM', () => process.exit(0));`;
    const { routes } = await measure(await write('main.mjs', text), paths);
    expect(routes).toEqual(named);
  });

  test('with a framework loaded before the preload is named all the same, and told of', async () => {
    const early = await write('early.cjs', `globalThis.express = require(${expressPath});`);
    const app = await write(
      'early-app.cjs',
      `const app = express();
       app.use('/orgs/:org', express.Router().get('/users/:id', (req, res) => res.send('ok')));
       const server = app.listen(0, '127.0.0.1', () => console.log('port ' + server.address().port));
       process.on('SIGTERM', () => process.exit(0));`,
    );
    const args = ['-r', early, '-r', library.cjs('register')];
    const { routes, stderr } = await measure(app, ['/orgs/a/users/1', '/none'], { args });
    expect(routes).toEqual(['/orgs/:org/users/:id', 'unmatched']);
    expect(stderr).toMatch(/^routemeter: .*loaded too early: express 5\.\d+\.\d+/);
  });

  test('with a framework that is not supported is told of', async () => {
    await write('node_modules/express/package.json', '{ "name": "express", "version": "3.21.2" }');
    await write('node_modules/express/index.js', 'module.exports = require("./lib/express.js");');
    await write('node_modules/express/lib/express.js', 'module.exports = () => {};');
    const { routes, stderr } = await measure(
      await write(
        'old.cjs',
        `require('express');\n${BARE.replace("import http from 'node:http';", "const http = require('node:http');")}`,
      ),
      paths,
    );
    expect(routes).toEqual(named);
    expect(stderr).toBe('routemeter: unsupported: express 3.21.2\n');
  });
});
