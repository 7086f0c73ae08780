import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Child, startChild } from '../../../testkit/src/contract/child.ts';
import { Collector } from '../../../testkit/src/contract/collector.ts';
import { buildLibrary, type Library } from '../../../testkit/src/contract/library.ts';

let one: Library;
let other: Library;
let folder: string;
const express = JSON.stringify(createRequire(import.meta.url).resolve('express5'));

beforeAll(async () => {
  one = await buildLibrary('register-copies-one');
  other = await buildLibrary('register-copies-other');
  folder = await mkdtemp(join(tmpdir(), 'routemeter-copies-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const url = (file: string) => JSON.stringify(pathToFileURL(file).href);

async function start(text: string, collector: Collector, args: string[] = []): Promise<Child> {
  const file = join(folder, 'app.mjs');
  await writeFile(file, text);
  const env = { ROUTEMETER_URL: collector.url, ROUTEMETER_FLUSH_MS: '20', ROUTEMETER_SILENT: '1' };
  return startChild(
    process.execPath,
    [...args, '--import', pathToFileURL(one.esm('register')).href, file],
    env,
  );
}

describe('preload, middleware and several copies of the library in one process', () => {
  test('count each request once, for the meter that the application gave', async () => {
    const [byEnvironment, byApp] = [await Collector.open(), await Collector.open()];
    const child = await start(
      `import { createRequire } from 'node:module';
       import { expressMeter } from ${url(one.esm('express'))};
       import { createMeter } from ${url(other.esm('index'))};
       const require = createRequire(import.meta.url);
       const express = require(${express});
       const second = require(${JSON.stringify(other.cjs('express'))});
       const third = require(${JSON.stringify(one.cjs('express'))});
       const app = express();
       app.use(expressMeter(createMeter({ url: ${JSON.stringify(byApp.url)}, prefix: 'shop', flushMs: 20 })));
       app.use(second.expressMeter());
       app.use(third.expressMeter());
       app.use('/orgs/:org', express.Router({ mergeParams: true }).get('/users/:id', (req, res) => res.send('ok')));
       const server = app.listen(0, '127.0.0.1', () => console.log('port ' + server.address().port));
       process.on('SIGTERM', () => process.exit(0));`,
      byEnvironment,
    );
    try {
      for (let n = 0; n < 20; n++) await fetch(`http://127.0.0.1:${child.port}/orgs/o${n}/users/${n}`);
      await expect.poll(() => count(byApp, 'shop.http.server.request')).toBe(20);
      expect(byApp.lines.some((line) => line.includes('http_route:/orgs/:org/users/:id'))).toBe(true);
      expect(count(byEnvironment, 'http.server.request')).toBe(0);
    } finally {
      await child.stop();
      byEnvironment.close();
      byApp.close();
    }
  });

  test('keep no request or response after it ended, aborted ones included', async () => {
    const collector = await Collector.open();
    const child = await start(
      `import { createRequire } from 'node:module';
       import { expressMeter } from ${url(other.esm('express'))};
       const require = createRequire(import.meta.url);
       const express = require(${express});
       let alive = 0;
       const registry = new FinalizationRegistry(() => alive--);
       const app = express();
       app.use(expressMeter());
       app.use((req, res, next) => {
         if (req.path !== '/alive') { alive += 2; registry.register(req, 0); registry.register(res, 0); }
         next();
       });
       app.get('/users/:id', (req, res) => res.send('ok'));
       app.get('/never/:id', () => {});
       app.param('pid', (req, res, next) => setImmediate(next));
       app.get('/params/:pid', (req, res, next) => next(new Error('no')));
       app.get('/alive', async (req, res) => {
         for (let n = 0; n < 10; n++) { await new Promise((resolve) => setTimeout(resolve, 10)); gc(); }
         res.json(alive);
       });
       app.use((error, req, res, next) => res.status(500).send('no'));
       const server = app.listen(0, '127.0.0.1', () => console.log('port ' + server.address().port));
       process.on('SIGTERM', () => process.exit(0));`,
      collector,
      ['--expose-gc'],
    );
    const at = (path: string) => `http://127.0.0.1:${child.port}${path}`;
    try {
      for (let n = 0; n < 150; n++) {
        const leaving = new AbortController();
        const aborted = fetch(at(`/never/${n}`), { signal: leaving.signal }).catch(() => {});
        await Promise.all([
          ...Array.from({ length: 8 }, (_, m) => fetch(at(`/users/${m}`)).then((answer) => answer.text())),
          fetch(at(`/params/${n}`)).then((answer) => answer.text()),
          fetch(at(`/none/${n}`)).then((answer) => answer.text()),
        ]);
        leaving.abort();
        await aborted;
      }
      const left = async () => (await (await fetch(at('/alive'))).json()) as number;
      // The parser of an open connection keeps its last request by itself: a few, whatever the number of requests.
      await expect.poll(left, { timeout: 60_000 }).toBeLessThan(40);
      expect((await collector.requests(150 * 11 + 1)).length).toBeGreaterThan(150 * 11);
    } finally {
      await child.stop();
      collector.close();
    }
  });
});

function count(collector: Collector, name: string): number {
  let values = 0;
  for (const line of collector.lines) {
    const [head = ''] = line.split('|');
    if (head.startsWith(`${name}:`)) values += head.slice(name.length + 1).split(':').length;
  }
  return values;
}
