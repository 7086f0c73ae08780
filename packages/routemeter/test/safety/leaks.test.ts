import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect } from 'vitest';
import { bundle } from '../../../testkit/src/bundle.ts';
import {
  type Books,
  droppedOf,
  lostOf,
  scenario,
  share,
  size,
} from '../../../testkit/src/reliability/scenario.ts';
import { slope } from '../../../testkit/src/reliability/slope.ts';

const run = promisify(execFile);
const script = await bundle(new URL('./scripts/leaks.ts', import.meta.url), 'safety-leaks');
/** Parts after which memory is told, and requests of each; one more part goes before them. */
const PARTS = size(4, 20);
const EACH = size(6_400, 96_000 * share);

interface Found extends Books {
  served: number;
  parts: Array<{ heap: number; handles: number }>;
  watched: number;
  alive: number;
  left: string[];
}

scenario('leaks', [120, 3600], async () => {
  const args = ['--no-warnings', '--expose-gc', script, String(PARTS), String(EACH), size('auto', '0.1')];
  const { stdout } = await run(process.execPath, args);
  const found = JSON.parse(stdout) as Found;
  const { parts, served } = found;
  expect(served).toBe(EACH * (PARTS + 1));
  expect(found.watched).toBeGreaterThan(500);
  expect(found.alive).toBe(0);
  // One object of 100 bytes left by each request would be a slope of 100. What the collector keeps by itself, some
  // ten kilobytes, weighs more where the parts are smaller.
  const perRequest = slope(parts.map(({ heap }) => heap)) / EACH;
  expect(perRequest).toBeLessThan(size(50, 2 / share));
  const handles = parts.map((part) => part.handles);
  expect(handles.at(-1)).toBeLessThanOrEqual(handles[0]!);
  // Pipes to the test are there in any process.
  expect(found.left.filter((kind) => kind !== 'PipeWrap')).toEqual([]);
  expect(found).toMatchObject({ waiting: 0, samples: found.handed + droppedOf(found) });
  return {
    tried: `${served} requests, 16 connections at once`,
    saw: `slope of the heap ${perRequest.toFixed(2)} bytes a request over ${PARTS} collections; handles ${handles[0]} → ${handles.at(-1)}; all ${found.watched} watched objects collected`,
    lost: `${lostOf(found)} (nobody listens at the address)`,
    memory: { before: parts[0]!.heap, after: parts.at(-1)!.heap },
  };
});
