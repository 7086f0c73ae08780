import { bundled, testkit } from '../lib/bundled.mjs';

/** Builds the engine by itself, and finds the Nodes to run it on. */
export async function build(majors) {
  const engine = await bundled('attribution', 'packages/routemeter/src/attribution/index.ts');
  const { nodeBinaries } = await testkit('nodes');
  const { nodes } = await nodeBinaries();
  const found = majors.flatMap((major) => nodes.filter((node) => node.major === major));
  return { engine, nodes: found.length > 0 ? found : nodes, all: nodes };
}
