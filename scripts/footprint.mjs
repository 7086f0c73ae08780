// node scripts/footprint.mjs NODE: writes the generated part of docs/what-leaves.md, recorded on the Node 24
// at the path NODE.
import { readFileSync, writeFileSync } from 'node:fs';
import { PAGE, record, render, replaced } from './lib/footprint.mjs';
import { prepare } from './lib/setup.mjs';

const [node] = process.argv.slice(2);
if (node === undefined) {
  console.error('Usage: node scripts/footprint.mjs /path/to/node (of Node 24)');
  process.exit(2);
}
await prepare();
writeFileSync(PAGE, replaced(readFileSync(PAGE, 'utf8'), render(await record(node))));
