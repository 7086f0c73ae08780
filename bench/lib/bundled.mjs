import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'tsdown';

const root = new URL('../../', import.meta.url);

/** Builds one of the workspace's TypeScript files by itself, for any Node; returns the path of the bundle. */
export async function bundled(name, path) {
  const outDir = fileURLToPath(new URL(`.cache/bundles/${name}/`, root));
  const entry = { [name]: fileURLToPath(new URL(path, root)) };
  const options = { format: 'esm', platform: 'node', target: 'node20.19', fixedExtension: true, dts: false };
  await build({ ...options, config: false, entry, outDir, clean: false, logLevel: 'error' });
  return `${outDir}${name}.mjs`;
}

/** One of the testkit's files, as a module. */
export async function testkit(name) {
  return import(pathToFileURL(await bundled(name, `packages/testkit/src/${name}.ts`)).href);
}
