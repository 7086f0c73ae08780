// How a request's cost and the memory grow: one process per point, with the meter and without, in turn.
import { fileURLToPath } from 'node:url';
import { fit, median, rotated } from '../lib/numbers.mjs';
import { runScript } from '../lib/script.mjs';
import { DIMENSIONS } from './dimensions.mjs';

const POINT = fileURLToPath(new URL('./point.mjs', import.meta.url));
const MODES = ['bare', 'exact'];

/** @returns by dimension: `points` with the added µs and bytes of each, and what the fits say. */
export async function measureScaling({
  node,
  quick,
  log,
  rounds = quick ? 1 : 3,
  requests = quick ? 500 : 2000,
  only,
}) {
  const found = {};
  for (const [name, dimension] of Object.entries(DIMENSIONS)) {
    if (only && !only.includes(name)) continue;
    log(`scaling: ${dimension.title}`);
    const points = (quick ? dimension.quick : dimension.points).map((x) => ({ x, addedUs: [], bytes: [] }));
    for (let round = 0; round < rounds; round++) {
      for (const point of rotated(points, round)) {
        const results = {};
        for (const mode of rotated(MODES, round)) {
          const args = [name, point.x, mode, requests];
          results[mode] = await runScript(node.path, POINT, args, { flags: ['--expose-gc'] });
        }
        point.addedUs.push(results.exact.cpuUs - results.bare.cpuUs);
        point.bytes.push(results.exact.bytes - results.bare.bytes);
      }
    }
    found[name] = judged(points, dimension);
  }
  return { rounds, requests, dimensions: found };
}

/** The growth over the whole range may be this share of the mean, for what is to be flat. */
const FLAT = 0.3;
/** What is to be linear has this share of its variance explained by the line. */
const LINEAR = 0.95;

export function judged(points, { cost, memory }) {
  const xs = points.map(({ x }) => x);
  const judge = (key, expected) => {
    const ys = points.map((point) => median(point[key]));
    const { slope, intercept, r2 } = fit(xs, ys);
    const range = Math.max(...xs) - Math.min(...xs);
    const mean = ys.reduce((sum, y) => sum + Math.abs(y), 0) / ys.length;
    const growth = mean === 0 ? 0 : (slope * range) / mean;
    const is = growth <= FLAT ? 'flat' : r2 >= LINEAR ? 'linear' : 'neither';
    return { expected, is, slope, intercept, r2, growth };
  };
  return { points, cost: judge('addedUs', cost), memory: judge('bytes', memory) };
}
