import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { bundle } from '../../../testkit/src/bundle.ts';

const run = promisify(execFile);
const script = await bundle(new URL('./scripts/leaks.ts', import.meta.url), 'safety-leaks');
/** Requests of each of three parts; `SAFETY_REQUESTS` for a long run. */
const part = Number(process.env.SAFETY_REQUESTS ?? 9_600);

interface Found {
  served: number;
  first: { heap: number; handles: number };
  second: { heap: number; handles: number };
  watched: number;
  alive: number;
  samples: number;
  handed: number;
  waiting: number;
  dropped: Record<string, number>;
  left: string[];
}

it('requests of all sorts leave no memory, no handle and no request behind', async () => {
  const { stdout } = await run(process.execPath, ['--no-warnings', '--expose-gc', script, String(part)], {
    timeout: 600_000,
  });
  const found = JSON.parse(stdout) as Found;
  expect(found.served).toBe(part * 3);
  expect(found.watched).toBeGreaterThan(part / 10);
  expect(found.alive).toBe(0);
  // One object of 100 bytes left by each request would be a megabyte in each part.
  expect(found.second.heap - found.first.heap).toBeLessThan(part * 50);
  expect(found.second.handles).toBeLessThanOrEqual(found.first.handles);
  // Pipes to the test are there in any process.
  expect(found.left.filter((kind) => kind !== 'PipeWrap')).toEqual([]);
  const lost = Object.values(found.dropped).reduce((sum, samples) => sum + samples, 0);
  expect(found).toMatchObject({ waiting: 0, samples: found.handed + lost });
}, 600_000);
