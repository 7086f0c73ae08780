// The store after an hour of 5000 series: memory, and what its queries take.
import { fileURLToPath } from 'node:url';
import { runScript } from '../lib/script.mjs';

const HOUR = fileURLToPath(new URL('./hour.mjs', import.meta.url));

/** Seconds between two samples of a series: less memory is less than the whole truth, and so --quick says it. */
export async function measureStore({ node, quick, log }) {
  log('live: an hour of 5000 series');
  return runScript(node.path, HOUR, [quick ? 15 : 1]);
}
