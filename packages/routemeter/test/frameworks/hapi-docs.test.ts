import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { startChild } from '../../../testkit/src/contract/child.ts';
import { Collector } from '../../../testkit/src/contract/collector.ts';
import { buildLibrary } from '../../../testkit/src/contract/library.ts';

test('the program in docs/frameworks/hapi.md names requests as the table beside it says', async () => {
  const page = await readFile(new URL('../../../../docs/frameworks/hapi.md', import.meta.url), 'utf8');
  const [, program = ''] = /```js\n(.*?)```/s.exec(page) ?? [];
  const rows = [...page.matchAll(/^\| `GET (\S+)` \| `(\S+)` \|$/gm)];
  expect(rows.length).toBeGreaterThan(2);

  const library = await buildLibrary('docs-hapi');
  const hapi = createRequire(import.meta.url).resolve('@hapi/hapi');
  const folder = await mkdtemp(join(tmpdir(), 'routemeter-docs-'));
  const file = join(folder, 'app.mjs');
  const url = (path: string) => JSON.stringify(pathToFileURL(path).href);
  await writeFile(
    file,
    program.replace("'routemeter/hapi'", url(library.esm('hapi'))).replace("'@hapi/hapi'", url(hapi)),
  );
  const collector = await Collector.open();
  const env = { ROUTEMETER_URL: collector.url, ROUTEMETER_FLUSH_MS: '20' };
  const child = await startChild(process.execPath, [file], env);
  try {
    for (const [, path] of rows) await fetch(`http://127.0.0.1:${child.port}${path}`);
    const found = (await collector.requests(rows.length)).map(({ http_route }) => http_route);
    expect(found.sort()).toEqual(rows.map(([, , route]) => route).sort());
    expect(child.stderr()).toBe('');
  } finally {
    await child.stop();
    collector.close();
    await rm(folder, { recursive: true, force: true });
  }
});
