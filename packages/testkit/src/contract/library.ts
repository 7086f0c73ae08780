import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'tsdown';
import { repositoryRoot } from '../root.ts';

/** The library as applications get it, in both formats. */
export interface Library {
  /** A file of the ES module build: `esm('register')`. */
  esm(entry: string): string;
  /** A file of the CommonJS build. */
  cjs(entry: string): string;
}

/**
 * Builds the library as it is now, without types.
 *
 * @param name a folder of one's own, since tests run side by side.
 */
export async function buildLibrary(name: string): Promise<Library> {
  const root = repositoryRoot();
  const workspace = join(root, 'packages/routemeter');
  const { default: configs } = (await import(pathToFileURL(join(workspace, 'tsdown.config.ts')).href)) as {
    default: object | object[];
  };
  const outDir = join(root, '.cache/library', name);
  for (const [index, config] of [configs].flat().entries()) {
    const own = { config: false, cwd: workspace, outDir, dts: false, clean: index === 0 } as const;
    await build({ ...config, ...own, logLevel: 'error' });
  }
  // What its files import of each other by the package's own names.
  const manifest = await readFile(join(workspace, 'package.json'), 'utf8');
  const { imports } = JSON.parse(manifest.replaceAll('./dist/', './')) as { imports: object };
  await writeFile(join(outDir, 'package.json'), JSON.stringify({ imports }));
  return {
    esm: (entry) => join(outDir, `${entry}.mjs`),
    cjs: (entry) => join(outDir, `${entry}.cjs`),
  };
}
