import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import http2 from 'node:http2';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import * as grpc from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startChild } from '../../../../testkit/src/contract/child.ts';
import { Collector } from '../../../../testkit/src/contract/collector.ts';
import { buildLibrary, type Library } from '../../../../testkit/src/contract/library.ts';
import { installedFolder } from '../../../../testkit/src/installed.ts';
import { suiteNodes } from '../../../../testkit/src/nodes.ts';

const nodes = await suiteNodes();
const heavy = await installedFolder('http-clients', {
  private: true,
  dependencies: {
    '@aws-sdk/client-dynamodb': '3.1169.0',
    '@aws-sdk/client-s3': '3.1175.0',
    stripe: '23.1.0',
    undici8: 'npm:undici@8.13.1',
  },
});
const light = createRequire(new URL('../../../../testkit/package.json', import.meta.url));
const other = createRequire(join(heavy, 'package.json'));

/** Stands in for S3, DynamoDB, Stripe and any other server. */
const upstream = http.createServer((request, response) => {
  request.resume().on('end', () => {
    if (request.headers['x-amz-target'] !== undefined)
      response.setHeader('content-type', 'application/x-amz-json-1.0').end('{"TableNames":[]}');
    else if (request.url!.startsWith('/v1/'))
      response.setHeader('content-type', 'application/json').end('{"id":"cus_1","object":"customer"}');
    else response.end(request.method === 'PUT' ? '' : 'answer');
  });
});
const second = http2.createServer((_request, response) => response.end('answer'));
const bytes = { serialize: (text: string) => Buffer.from(text), deserialize: (text: Buffer) => String(text) };
const served = new grpc.Server();
served.addService(
  {
    say: {
      path: '/hello.Greeter/Say',
      requestStream: false,
      responseStream: false,
      requestSerialize: bytes.serialize,
      requestDeserialize: bytes.deserialize,
      responseSerialize: bytes.serialize,
      responseDeserialize: bytes.deserialize,
    },
  },
  { say: (_call: unknown, done: (error: null, value: string) => void) => done(null, 'answer') },
);
let grpcPort = 0;
let library: Library;
const folder = mkdtempSync(join(tmpdir(), 'routemeter-http-preload-'));

beforeAll(async () => {
  library = await buildLibrary('calls-http');
  await once(upstream.listen(0, '127.0.0.1'), 'listening');
  await once(second.listen(0, '127.0.0.1'), 'listening');
  grpcPort = await new Promise((bound) => {
    served.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (_error, port) => bound(port));
  });
});
afterAll(() => {
  served.forceShutdown();
  upstream.closeAllConnections();
  upstream.close();
  second.close();
  rmSync(folder, { recursive: true });
});

const MODULES: Record<string, string> = {
  grpc: light.resolve('@grpc/grpc-js'),
  axios: light.resolve('axios'),
  s3: other.resolve('@aws-sdk/client-s3'),
  dynamo: other.resolve('@aws-sdk/client-dynamodb'),
  Stripe: other.resolve('stripe'),
};
const BODY = `
const { UPSTREAM, SECOND, GRPC } = process.env;
const origin = 'http://127.0.0.1:' + UPSTREAM;
const session = connect('http://127.0.0.1:' + SECOND);
session.unref();
const h2 = () => new Promise((done, fail) => session.request({ ':path': '/' }).on('error', fail).resume().on('end', done));
const Greeter = grpc.makeGenericClientConstructor({ say: { path: '/hello.Greeter/Say', requestStream: false, responseStream: false,
  requestSerialize: Buffer.from, requestDeserialize: String, responseSerialize: Buffer.from, responseDeserialize: String } }, 'Greeter');
const greeter = new Greeter('localhost:' + GRPC, grpc.credentials.createInsecure());
const say = () => new Promise((done, fail) => greeter.say('x', (error, value) => error ? fail(error) : done(value)));
const aws = { endpoint: origin, region: 'x', forcePathStyle: true, credentials: { accessKeyId: 'x', secretAccessKey: 'hunter2' } };
const bucket = new s3.S3Client(aws);
const tables = new dynamo.DynamoDBClient(aws);
const stripe = new (Stripe.default ?? Stripe)('sk_hunter2', { host: '127.0.0.1', port: UPSTREAM, protocol: 'http' });
const routes = {
  '/http2': async () => { await h2(); await h2(); await h2(); },
  '/grpc': () => Promise.all([say(), say()]),
  '/process': () => new Promise((done) => execFile('true', ['hunter2'], done)),
  '/dns': () => new Promise((done) => lookup('localhost', done)),
  '/s3': async () => {
    await bucket.send(new s3.PutObjectCommand({ Bucket: 'hunter2', Key: 'hunter2', Body: 'hunter2' }));
    const { Body } = await bucket.send(new s3.GetObjectCommand({ Bucket: 'hunter2', Key: 'hunter2' }));
    await Body.transformToString();
  },
  '/dynamo': () => tables.send(new dynamo.ListTablesCommand({})),
  '/stripe': () => stripe.customers.create({ email: 'hunter2' }),
  '/axios': () => (axios.default ?? axios).get(origin + '/hunter2'),
  '/fetch': async () => (await fetch(origin + '/hunter2')).text(),
  '/undici8': async () => { if (pool) await (await pool.request({ path: '/hunter2', method: 'GET' })).body.text(); },
};
const server = http.createServer(async (request, response) => {
  try { await routes[request.url]?.(); } catch (error) { console.error(error); }
  response.end('done');
});
server.listen(0, '127.0.0.1', () => console.log('port ' + server.address().port));
process.on('SIGTERM', () => process.exit(0));
`;

/** Failures that nobody handles, and what a program sees of its processes. */
const FAILURES = `
import http from 'node:http'; import http2 from 'node:http2'; import { exec, spawn } from 'node:child_process';
import dns from 'node:dns'; import { inspect, promisify } from 'node:util';
const seen = [];
for (const event of ['uncaughtException', 'unhandledRejection', 'warning'])
  process.on(event, (error) => seen.push(event + ' ' + (error.code ?? error.name)));
const until = async (count) => { while (seen.length < count) await new Promise((done) => setTimeout(done, 5)); };
const server = http.createServer(async (request, response) => {
  spawn('no-such-program');
  const session = http2.connect('http://127.0.0.1:1').on('error', (error) => seen.push('session ' + error.code));
  session.request({ ':path': '/' });
  dns.promises.resolve4('no..name');
  promisify(exec)('exit 4').catch((error) => seen.push('exec ' + error.code + ' ' + Object.keys(error)));
  seen.push('shows ' + inspect(spawn('true')).includes('routemeter'));
  await until(6);
  response.end();
});
server.listen(0, '127.0.0.1', () => http.get({ port: server.address().port }, (response) => {
  response.resume().on('end', () => { console.log(seen.sort().join('\\n')); process.exit(seen.length); });
}));
`;

function program(format: 'mjs' | 'cjs', withUndici: boolean): string {
  const undici = JSON.stringify(withUndici ? other.resolve('undici8') : '');
  const pool = `const pool = ${withUndici ? `new (require(${undici}).Pool)(origin, { connections: 1 })` : 'null'};`;
  const body = BODY.replace('const session', `${pool}\nconst session`);
  const file = join(folder, `app-${withUndici}.${format}`);
  const head =
    format === 'cjs'
      ? [
          "const http = require('node:http'); const { connect } = require('node:http2');",
          "const { lookup } = require('node:dns'); const { execFile } = require('node:child_process');",
          ...Object.entries(MODULES).map(
            ([name, path]) => `const ${name} = require(${JSON.stringify(path)});`,
          ),
        ]
      : [
          "import http from 'node:http'; import { connect } from 'node:http2';",
          "import { lookup } from 'node:dns'; import { execFile } from 'node:child_process';",
          "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
          ...Object.entries(MODULES).map(
            ([name, path]) => `import ${name} from ${JSON.stringify(pathToFileURL(path).href)};`,
          ),
        ];
  writeFileSync(file, head.join('\n') + body);
  return file;
}

/** How often each route made each call, from the lines of DogStatsD. */
function callsIn(lines: readonly string[]): Record<string, number> {
  const calls: Record<string, number> = {};
  for (const line of lines) {
    const found = /^((?:http\.client\.request|rpc\.client\.call)):([^|]*)\|[^#]*#(.*)$/.exec(line);
    if (found === null) continue;
    const tags = Object.fromEntries(found[3]!.split(',').map((tag) => tag.split(/:(.*)/s).slice(0, 2)));
    const name = tags.rpc_method ? `${tags.rpc_system} ${tags.rpc_method}` : `${tags.http_request_method}`;
    const key = `${tags.http_route} ${name}${tags.error_type ? ` ${tags.error_type}` : ''}`;
    calls[key] = (calls[key] ?? 0) + found[2]!.split(':').length;
  }
  return calls;
}

const runs = nodes.flatMap(({ major, path }) =>
  (['mjs', 'cjs'] as const).map((format) => ({ major, path, format })),
);

describe.each(runs)('Node $major, $format', ({ major, path, format }) => {
  test('by preload each call of HTTP clients, HTTP/2, gRPC, processes and DNS counts once, on its route', async () => {
    const collector = await Collector.open();
    const withUndici = major >= 22;
    const preload =
      format === 'mjs'
        ? ['--import', pathToFileURL(library.esm('register')).href]
        : ['-r', library.cjs('register')];
    const child = await startChild(path, [...preload, program(format, withUndici)], {
      ROUTEMETER_URL: collector.url,
      ROUTEMETER_FLUSH_MS: '20',
      ROUTEMETER_UPSTREAMS: 'true',
      UPSTREAM: String((upstream.address() as AddressInfo).port),
      SECOND: String((second.address() as AddressInfo).port),
      GRPC: String(grpcPort),
    });
    try {
      const expected: Record<string, number> = {
        '/axios GET': 5,
        '/dns dns lookup': 5,
        '/dynamo POST': 5,
        '/fetch GET': 5,
        '/grpc grpc hello.Greeter/Say': 10,
        '/http2 GET': 15,
        '/process process true': 5,
        '/s3 GET': 5,
        '/s3 PUT': 5,
        '/stripe POST': 5,
        ...(withUndici ? { '/undici8 GET': 5 } : {}),
      };
      const paths = [
        'http2',
        'grpc',
        'process',
        'dns',
        's3',
        'dynamo',
        'stripe',
        'axios',
        'fetch',
        'undici8',
      ];
      const answers = await Promise.all(
        Array.from({ length: 50 }, async (_, at) =>
          (await fetch(`http://127.0.0.1:${child.port}/${paths[at % paths.length]}`)).text(),
        ),
      );
      expect([...new Set(answers)]).toEqual(['done']);
      const total = (counts: Record<string, number>) =>
        Object.values(counts).reduce((sum, count) => sum + count, 0);
      const until = Date.now() + 60_000;
      while (total(callsIn(collector.lines)) < total(expected) && Date.now() < until) await sleep(10);
      await child.stop();
      expect(callsIn(collector.lines)).toEqual(expected);
      expect(collector.lines.filter((line) => line.includes('hunter2'))).toEqual([]);
      const told = child
        .stderr()
        .replace(/.*(?:AWS SDK|NodeDeprecationWarning|maintenance|--trace-warnings)[\s\S]*/, '');
      expect(told.split('\n').filter((line) => line !== '' && !line.startsWith('routemeter'))).toEqual([]);
    } finally {
      await child.stop();
      collector.close();
    }
  });

  test.runIf(format === 'mjs')(
    'failures that nobody handles are the same with and without us',
    async () => {
      const file = join(folder, 'failures.mjs');
      writeFileSync(file, FAILURES);
      const run = async (args: readonly string[]) => {
        const env = { ROUTEMETER_URL: 'null:', ROUTEMETER_UPSTREAMS: 'true', ROUTEMETER_SILENT: '1' };
        const { PATH = '' } = process.env;
        return promisify(execFile)(path, [...args, file], { env: { PATH, ...env }, timeout: 60_000 }).catch(
          ({ code, stdout, stderr }: { code: number; stdout: string; stderr: string }) => ({
            code,
            stdout,
            stderr,
          }),
        );
      };
      const without = await run([]);
      expect(without).toMatchObject({ code: 6, stdout: expect.stringContaining('uncaughtException ENOENT') });
      expect(await run(['--import', pathToFileURL(library.esm('register')).href])).toEqual(without);
    },
    300_000,
  );
});
