import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { filesBelow, keyOfFiles } from '../content.ts';
import { acquire } from '../lock.ts';
import { repositoryRoot } from '../root.ts';

/** The library as applications get it, in both formats. */
export interface Library {
  /** A file of the ES module build: `esm('register')`. */
  esm(entry: string): string;
  /** A file of the CommonJS build. */
  cjs(entry: string): string;
}

const ROOT = repositoryRoot();
const WORKSPACE = join(ROOT, 'packages/routemeter');
const COPIES = join(ROOT, '.cache/library');
/** The one that is built; what tests get are copies of it. */
const BUILT = join(COPIES, '.built');
/** Written last into each folder: which sources it was made of. */
const KEY = '.sources';

let key: Promise<string> | undefined;

/**
 * Builds the library as it is now, without types: once for all test files, each of which has a copy.
 *
 * @param name a folder of one's own, since tests run side by side.
 */
export async function buildLibrary(name: string): Promise<Library> {
  key ??= keyOfSources();
  const wanted = await key;
  const folder = join(COPIES, name);
  if ((await keyOf(folder)) !== wanted) {
    await mkdir(COPIES, { recursive: true });
    const lock = `${BUILT}.lock`;
    await acquire(lock);
    try {
      if ((await keyOf(BUILT)) !== wanted) await build(wanted);
      await rm(folder, { recursive: true, force: true });
      await cp(BUILT, folder, { recursive: true });
    } finally {
      await rm(lock, { recursive: true, force: true });
    }
  }
  return {
    esm: (entry) => join(folder, `${entry}.mjs`),
    cjs: (entry) => join(folder, `${entry}.cjs`),
  };
}

async function build(wanted: string): Promise<void> {
  // Most files find it built, and need no bundler.
  const tsdown = await import('tsdown');
  const { default: configs } = (await import(pathToFileURL(join(WORKSPACE, 'tsdown.config.ts')).href)) as {
    default: object | object[];
  };
  await rm(BUILT, { recursive: true, force: true });
  for (const [index, config] of [configs].flat().entries()) {
    const own = { config: false, cwd: WORKSPACE, outDir: BUILT, dts: false, clean: index === 0 } as const;
    await tsdown.build({ ...config, ...own, logLevel: 'error' });
  }
  // What its files import of each other by the package's own names.
  const manifest = await readFile(join(WORKSPACE, 'package.json'), 'utf8');
  const { imports } = JSON.parse(manifest.replaceAll('./dist/', './')) as { imports: object };
  await writeFile(join(BUILT, 'package.json'), JSON.stringify({ imports }));
  await writeFile(join(BUILT, KEY), wanted);
}

/** Of all that a build depends on: sources, how they are built, and what is bundled with them. */
async function keyOfSources(): Promise<string> {
  const own = ['tsdown.config.ts', 'package.json', 'tsconfig.json'].map((name) => join(WORKSPACE, name));
  const shared = ['package-lock.json', 'scripts/lib/notices.mjs'].map((name) => join(ROOT, name));
  return keyOfFiles([...(await filesBelow(join(WORKSPACE, 'src'))), ...own, ...shared]);
}

const keyOf = (folder: string) => readFile(join(folder, KEY), 'utf8').catch(() => null);
