// Single calls: ours by themselves, and beside those of hot-shots.
import { fileURLToPath } from 'node:url';
import { runScript } from '../lib/script.mjs';

const file = (name) => fileURLToPath(new URL(`./${name}`, import.meta.url));

export async function measureMicro({ node, quick, log }) {
  log('micro: single calls');
  const calls = await runScript(node.path, file('calls.mjs'), quick ? [30, 3] : [300, 5]);
  log('micro: beside hot-shots');
  const clients = await runScript(node.path, file('clients.mjs'), quick ? [3, 40_000] : [9, 100_000]);
  return { calls, clients };
}
