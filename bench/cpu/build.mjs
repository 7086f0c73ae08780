import { fileURLToPath } from 'node:url';
import { build as bundle } from 'tsdown';

const root = new URL('../../', import.meta.url);

async function bundled(name, path) {
  const outDir = fileURLToPath(new URL(`.cache/bundles/${name}/`, root));
  const entry = { [name]: fileURLToPath(new URL(path, root)) };
  const options = { format: 'esm', platform: 'node', target: 'node20.19', fixedExtension: true, dts: false };
  await bundle({ ...options, config: false, entry, outDir, clean: false, logLevel: 'error' });
  return `${outDir}${name}.mjs`;
}

/** Builds the engine by itself, and finds the Nodes to run it on. */
export async function build(majors) {
  const engine = await bundled('attribution', 'packages/routemeter/src/attribution/index.ts');
  const { nodeBinaries } = await import(await bundled('nodes', 'packages/testkit/src/nodes.ts'));
  const { nodes } = await nodeBinaries();
  const found = majors.flatMap((major) => nodes.filter((node) => node.major === major));
  return { engine, nodes: found.length > 0 ? found : nodes, all: nodes };
}
