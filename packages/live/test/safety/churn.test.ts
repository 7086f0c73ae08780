import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'vitest';
import { scenario, share, size } from '../../../testkit/src/reliability/scenario.ts';
import { slope } from '../../../testkit/src/reliability/slope.ts';

const run = promisify(execFile);
const script = fileURLToPath(new URL('./churn.mjs', import.meta.url));
const PARTS = size(3, 19);
const SECONDS = size(1, 30 * share);
const MAX_SERIES = size(300, 1000);

interface Found {
  sent: number;
  asked: number;
  parts: Array<{ heap: number; handles: number; series: number }>;
  samples: number;
  rejected: number;
  folded: number;
  kernelDrops: number | null;
}

scenario('live-churn', [60, 900], async () => {
  const args = ['--no-warnings', '--expose-gc', script, String(PARTS), String(SECONDS), String(MAX_SERIES)];
  const { stdout } = await run(process.execPath, args);
  const found = JSON.parse(stdout) as Found;
  const { parts } = found;
  expect(found.sent).toBeGreaterThan(MAX_SERIES * 4);
  expect(found.asked).toBeGreaterThan(0);
  expect(found.rejected).toBe(0);
  expect(found.folded).toBeGreaterThan(0);
  if (found.kernelDrops === 0) expect(found.samples).toBe(found.sent);
  for (const { series } of parts) expect(series).toBeLessThanOrEqual(MAX_SERIES + 256 + 6);
  // A series that stayed would be a kilobyte at least.
  const each = found.sent / (PARTS + 1);
  const perSeries = slope(parts.map(({ heap }) => heap)) / each;
  expect(perSeries).toBeLessThan(size(1000, 20));
  expect(parts.at(-1)!.handles).toBeLessThanOrEqual(parts[0]!.handles);
  return {
    tried: `${found.sent} samples, all but 20 names and 50 routes ever new, over ${(PARTS + 1) * SECONDS} s; ${found.asked} questions to the API`,
    saw: `every answer 200; at most ${Math.max(...parts.map(({ series }) => series))} series (cap ${MAX_SERIES}); slope of the memory ${perSeries.toFixed(2)} bytes a series; handles ${parts[0]!.handles} → ${parts.at(-1)!.handles}`,
    lost: `${found.sent - found.samples} samples; ${found.folded} folded into overflow`,
    memory: { before: parts[0]!.heap, after: parts.at(-1)!.heap },
  };
});
