import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { startChild } from '../../../testkit/src/contract/child.ts';
import { Collector } from '../../../testkit/src/contract/collector.ts';
import { buildLibrary } from '../../../testkit/src/contract/library.ts';

test('the program in docs/frameworks/express.md names requests as the table beside it says', async () => {
  const page = await readFile(new URL('../../../../docs/frameworks/express.md', import.meta.url), 'utf8');
  const [, program = ''] = /```js\n(.*?)```/s.exec(page) ?? [];
  const rows = [...page.matchAll(/^\| `GET (\S+)` \| `(\S+)` \|$/gm)].map(([, path, route]) => ({
    path,
    route,
  }));
  expect(rows.length).toBeGreaterThan(3);

  const library = await buildLibrary('docs-express');
  const express = createRequire(import.meta.url).resolve('express5');
  const folder = await mkdtemp(join(tmpdir(), 'routemeter-docs-'));
  const file = join(folder, 'app.mjs');
  await writeFile(
    file,
    program
      .replace("'routemeter/express'", JSON.stringify(pathToFileURL(library.esm('express')).href))
      .replace("'express'", JSON.stringify(pathToFileURL(express).href)),
  );
  const collector = await Collector.open();
  const child = await startChild(process.execPath, [file], {
    ROUTEMETER_URL: collector.url,
    ROUTEMETER_FLUSH_MS: '20',
  });
  try {
    for (const { path } of rows) await fetch(`http://127.0.0.1:${child.port}${path}`);
    const found = (await collector.requests(rows.length)).map(({ http_route }) => http_route);
    expect(found.sort()).toEqual(rows.map(({ route }) => route).sort());
  } finally {
    await child.stop();
    collector.close();
    await rm(folder, { recursive: true, force: true });
  }
});
