import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { spawnPinned } from './cores.mjs';

/** Runs one of our scripts on the first core, and resolves with the JSON of its last line. */
export async function runScript(node, file, args = [], { flags = [] } = {}) {
  const command = [...flags, file, ...args.map(String)];
  const child = spawnPinned(node, command, { stdio: ['ignore', 'pipe', 'inherit'] });
  const [said, [code]] = await Promise.all([text(child.stdout), once(child, 'close')]);
  if (code !== 0) throw new Error(`${file} ended with ${code}`);
  return JSON.parse(said.trim().split('\n').at(-1));
}
