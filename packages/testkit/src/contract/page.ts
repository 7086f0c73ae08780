import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { repositoryRoot } from '../root.ts';
import { startChild } from './child.ts';
import { Collector } from './collector.ts';
import type { Library } from './library.ts';

/** Where a page's program runs. */
export interface PagePlace {
  node: string;
  /** What it imports is installed there, or above it. */
  folder: string;
  library: Library;
  /** Under which names the modules that it imports are installed, where they differ. */
  aliases?: Readonly<Record<string, string>>;
}

/** The names that the table of a framework's page tells of, and those that its program got. */
export interface PageNames {
  told: string[];
  found: string[];
}

/** Runs the first program of docs/frameworks/NAME.md, and asks for what the table below it has. */
export async function namesOfPage(name: string, place: PagePlace): Promise<PageNames> {
  const page = await readFile(join(repositoryRoot(), `docs/frameworks/${name}.md`), 'utf8');
  const [, program = ''] = /```js\n(.*?)```/s.exec(page) ?? [];
  const rows = [...page.matchAll(/^\| `GET (\S+)` \| `(\S+)` \|$/gm)].map(([, path = '', route = '']) => ({
    path,
    route,
  }));
  const folder = await mkdtemp(join(place.folder, 'docs-'));
  const file = join(folder, 'app.mjs');
  await writeFile(file, resolved(program, place));
  const collector = await Collector.open();
  try {
    const env = { ROUTEMETER_URL: collector.url, ROUTEMETER_FLUSH_MS: '20' };
    const child = await startChild(place.node, [file], env);
    try {
      if (child.port === 0) throw new Error(`the program of ${name} ended: ${child.stderr()}`);
      // Elysia tells that it listens before it does.
      while (!(await isListening(child.port))) await sleep(10);
      for (const { path } of rows) await (await fetch(`http://127.0.0.1:${child.port}${path}`)).text();
      const found = (await collector.requests(rows.length)).map(({ http_route }) => http_route!);
      return { told: rows.map(({ route }) => route).sort(), found: found.sort() };
    } finally {
      await child.stop();
    }
  } finally {
    collector.close();
    await rm(folder, { recursive: true, force: true });
  }
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.end());
    socket.on('error', () => resolve(false));
    socket.on('close', (hadError) => resolve(!hadError));
  });
}

function resolved(program: string, { library, aliases = {} }: PagePlace): string {
  return program
    .replaceAll(
      /from 'routemeter\/([\w-]+)'/g,
      (_, entry: string) => `from '${pathToFileURL(library.esm(entry)).href}'`,
    )
    .replaceAll(/from '([^':]+)'/g, (_, module: string) => `from '${aliases[module] ?? module}'`);
}
