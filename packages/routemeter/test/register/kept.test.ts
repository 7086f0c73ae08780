import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startChild } from '../../../testkit/src/contract/child.ts';
import { buildLibrary, type Library } from '../../../testkit/src/contract/library.ts';

let library: Library;
let folder: string;
beforeAll(async () => {
  library = await buildLibrary('register-kept');
  folder = await mkdtemp(join(tmpdir(), 'routemeter-kept-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Counts what it was given and what was collected of it; `/alive` collects garbage first. */
const APP = `
import express from ${JSON.stringify(pathToFileURL(createRequire(import.meta.url).resolve('express5')).href)};
let seen = 0, alive = 0, finished = 0;
const registry = new FinalizationRegistry(() => alive--);
const app = express();
app.use((req, res, next) => {
  if (req.path !== '/alive') {
    seen++;
    alive += 2;
    registry.register(req, 0);
    registry.register(res, 0);
    res.on('finish', () => finished++);
  }
  next();
});
app.get('/users/:id', (req, res) => res.send('ok'));
app.get('/later/:id', (req, res) => setImmediate(() => res.send('ok')));
app.get('/boom/:id', async () => { throw new Error('no'); });
app.get('/never/:id', () => {});
app.get('/partial/:id', (req, res) => { res.write('some'); });
app.get('/alive', async (req, res) => {
  for (let n = 0; n < 5; n++) { await new Promise((resolve) => setTimeout(resolve, 10)); gc(); }
  res.json({ seen, alive, finished });
});
app.use((error, req, res, next) => res.status(500).send('no'));
const server = app.listen(0, '127.0.0.1', () => console.log('port ' + server.address().port));
process.on('SIGTERM', () => process.exit(0));
`;

const text = (path: string) => `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`;

/** Sends requests in a pipeline and resolves when all are answered. */
function answered(port: number, count: number, path: (n: number) => string): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    let sent = 0;
    let done = 0;
    let tail = '';
    const more = () => {
      const until = Math.min(count, done + 100);
      let batch = '';
      while (sent < until) batch += text(path(sent++));
      if (batch !== '') socket.write(batch);
    };
    socket.setEncoding('latin1').on('data', (part: string) => {
      // A status line may come in two pieces.
      const whole = tail + part;
      done += whole.match(/HTTP\/1\.1 \d{3} /g)?.length ?? 0;
      tail = whole.slice(-12);
      if (done >= count) socket.destroy();
      else if (sent - done < 50) more();
    });
    socket.on('connect', more);
    socket.on('error', reject);
    socket.on('close', () => (done >= count ? resolve() : reject(new Error(`${done} of ${count} answered`))));
  });
}

/** Sends requests of which the first has no answer or half of one, and leaves. */
function left(port: number, count: number, first: string): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const batch = text(first) + text('/users/1').repeat(count - 1);
    socket.on('error', () => {});
    socket.on('close', () => resolve());
    socket.on('connect', () => socket.write(batch, () => setTimeout(() => socket.destroy(), 20)));
  });
}

const ANSWERED = 12_000;
const CONNECTIONS = 200;
const EACH = 20;

test('of 16,000 requests, 4000 of them left by their clients, none is kept', async () => {
  const file = join(folder, 'app.mjs');
  await writeFile(file, APP);
  const preload = pathToFileURL(library.esm('register')).href;
  const env = { ROUTEMETER_URL: 'null:', NODE_ENV: 'production' };
  const child = await startChild(process.execPath, ['--expose-gc', '--import', preload, file], env);
  const alive = async () =>
    (await (
      await fetch(`http://127.0.0.1:${child.port}/alive`, { headers: { connection: 'close' } })
    ).json()) as { seen: number; alive: number; finished: number };
  try {
    const paths = ['/users/', '/later/', '/users/', '/none/', '/boom/'];
    const half = ANSWERED / 2;
    await Promise.all([
      answered(child.port, half, (n) => `${paths[n % paths.length]}${n}`),
      answered(child.port, half, (n) => `${paths[n % paths.length]}${n}`),
    ]);
    for (let n = 0; n < CONNECTIONS; n += 20) {
      const some = Array.from({ length: 20 }, (_, m) =>
        left(child.port, EACH, m % 2 === 0 ? `/never/${n}` : `/partial/${n}`),
      );
      await Promise.all(some);
    }
    expect(child.stderr()).toMatch(/^routemeter: instrumented express 5/);
    const { seen, finished } = await alive();
    // A connection may be gone before its last requests were read.
    expect(seen).toBeGreaterThan(ANSWERED + (CONNECTIONS * EACH) / 4);
    expect(seen - finished).toBeGreaterThan((CONNECTIONS * EACH) / 4);
    // Node's parsers keep the last request of theirs, whatever the number of requests.
    await expect.poll(async () => (await alive()).alive, { timeout: 60_000 }).toBeLessThan(50);
  } finally {
    await child.stop();
  }
});
