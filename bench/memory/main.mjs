// 2000 series for an hour at 1000 requests a second: whether the memory stays where it is.
import { fileURLToPath } from 'node:url';
import { fit } from '../lib/numbers.mjs';
import { runScript } from '../lib/script.mjs';

const HOUR = fileURLToPath(new URL('./hour.mjs', import.meta.url));
/** Parts of the hour that are left out: the compiler and the first samples of all series. */
const WARMUP = 0.2;

/**
 * @returns what was recorded and handed over, the heap over time, and by how many MB it grew over the whole
 * time according to the line through it.
 */
export async function measureMemory({ node, quick, log, seconds = quick ? 360 : 3600 }) {
  const perSecond = 1000;
  const series = 2000;
  log(`memory: ${seconds} simulated seconds`);
  const found = await runScript(node.path, HOUR, [seconds, perSecond, series], { flags: ['--expose-gc'] });
  const later = found.heaps.slice(Math.ceil(found.heaps.length * WARMUP));
  const line = fit(
    later.map(({ second }) => second),
    later.map(({ heapMb }) => heapMb),
  );
  const values = later.map(({ heapMb }) => heapMb);
  return {
    seconds,
    perSecond,
    ...found,
    leastMb: Math.min(...values),
    mostMb: Math.max(...values),
    grownMb: line.slope * seconds,
  };
}
