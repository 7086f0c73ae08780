import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'tsdown';
import { repositoryRoot } from './root.ts';

const CACHE = join(repositoryRoot(), '.cache', 'bundles');

/**
 * Builds a TypeScript script and all it imports into one plain ES module, which every supported
 * Node can run as it is, and returns its path. Nothing of it is published.
 */
export async function bundle(script: URL, name: string): Promise<string> {
  await build({
    config: false,
    entry: { [name]: fileURLToPath(script) },
    outDir: join(CACHE, name),
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    fixedExtension: true,
    dts: false,
    clean: false,
    logLevel: 'error',
  });
  return join(CACHE, name, `${name}.mjs`);
}
