import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { RequestListener, Server } from 'node:http';
import https from 'node:https';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import { startChild } from '../../../testkit/src/contract/child.ts';
import { Collector } from '../../../testkit/src/contract/collector.ts';
import { buildLibrary } from '../../../testkit/src/contract/library.ts';
import { expressMeter } from '../../src/frameworks/express.ts';
import { fastifyMeter } from '../../src/frameworks/fastify.ts';
import { httpMeter } from '../../src/frameworks/http.ts';
import { type CaptureMeter, captureMeter } from '../../src/testing/index.ts';

const load = createRequire(new URL('../../../testkit/package.json', import.meta.url));

/** TLS by a key that both sides know: no certificate that could expire. */
const KEY = Buffer.alloc(32, 'routemeter');
const SERVER = { ciphers: 'PSK', maxVersion: 'TLSv1.2', pskCallback: () => KEY } as const;
const CLIENT = {
  ciphers: 'PSK',
  maxVersion: 'TLSv1.2',
  pskCallback: () => ({ psk: KEY, identity: 'test' }),
  checkServerIdentity: () => undefined,
} as const;

const open: Array<() => unknown> = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

/** Asks for some paths over one connection that is kept. */
async function ask(port: number, paths: readonly string[]): Promise<string[]> {
  const agent = new https.Agent({ keepAlive: true, maxSockets: 1, ...CLIENT });
  const answers: string[] = [];
  for (const path of paths) {
    const answer = new Promise<string>((resolve, reject) => {
      const request = https.get({ host: '127.0.0.1', port, path, agent }, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (part) => {
          text += part;
        });
        response.on('end', () => resolve(text));
      });
      request.on('error', reject);
    });
    answers.push(await answer);
  }
  agent.destroy();
  return answers;
}

const PATHS = ['/users/1', '/users/2', '/none/anna'];

async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  open.push(() => server.close());
  return (server.address() as AddressInfo).port;
}

async function routes(captured: CaptureMeter): Promise<string[]> {
  const metrics = await captured.metrics();
  return metrics
    .filter(({ name }) => name === 'http.server.request')
    .map(({ tags }) => tags.http_route!)
    .sort();
}

test('HTTPS is measured by the one line: bare, Express and Fastify', async () => {
  const bare = captureMeter();
  const server = https.createServer(SERVER, (_request, response) => response.end('ok'));
  await ask(await listen(httpMeter(server, { meter: bare.meter })), PATHS);
  await expect.poll(() => routes(bare)).toEqual(['/none/anna', '/users/:id', '/users/:id']);

  const byExpress = captureMeter();
  const express = load('express5');
  const app = express();
  app.use(expressMeter(byExpress.meter));
  app.get('/users/:id', (_request: unknown, response: { send(text: string): void }) => response.send('ok'));
  await ask(await listen(https.createServer(SERVER, app as RequestListener)), PATHS);
  await expect.poll(() => routes(byExpress)).toEqual(['/users/:id', '/users/:id', 'unmatched']);

  const byFastify = captureMeter();
  const fastify = load('fastify5')({ https: SERVER });
  await fastify.register(fastifyMeter, { meter: byFastify.meter });
  fastify.get('/users/:id', async () => 'ok');
  await fastify.listen({ port: 0, host: '127.0.0.1' });
  open.push(() => fastify.close());
  await ask(fastify.server.address().port, PATHS);
  await expect.poll(() => routes(byFastify)).toEqual(['/users/:id', '/users/:id', 'unmatched']);
});

test('HTTPS is measured by the preload', async () => {
  const library = await buildLibrary('frameworks-https');
  const folder = await mkdtemp(join(tmpdir(), 'routemeter-https-'));
  open.push(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, 'app.mjs');
  await writeFile(
    file,
    `import https from 'node:https';
     import express from ${JSON.stringify(pathToFileURL(load.resolve('express5')).href)};
     const app = express();
     app.get('/users/:id', (req, res) => res.send('ok'));
     const key = Buffer.alloc(32, 'routemeter');
     const server = https.createServer({ ciphers: 'PSK', maxVersion: 'TLSv1.2', pskCallback: () => key }, app);
     server.listen(0, '127.0.0.1', () => console.log('port ' + server.address().port));
     process.on('SIGTERM', () => process.exit(0));`,
  );
  const collector = await Collector.open();
  open.push(() => collector.close());
  const env = { ROUTEMETER_URL: collector.url, ROUTEMETER_FLUSH_MS: '20' };
  const preload = pathToFileURL(library.esm('register')).href;
  const child = await startChild(process.execPath, ['--import', preload, file], env);
  open.push(() => child.stop());
  expect((await ask(child.port, PATHS)).slice(0, 2)).toEqual(['ok', 'ok']);
  const counted = (await collector.requests(PATHS.length)).map(({ http_route }) => http_route);
  expect(counted.sort()).toEqual(['/users/:id', '/users/:id', 'unmatched']);
  expect(child.stderr()).toMatch(/^routemeter: instrumented express 5[^\n]*\n$/);
});
