import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { bundle } from '../../../testkit/src/bundle.ts';

const run = promisify(execFile);

it('allocates nothing for a sample into a known series, flushes of full buffers included', async () => {
  const script = await bundle(new URL('./scripts/allocations.ts', import.meta.url), 'allocations');
  const { stdout } = await run(process.execPath, ['--expose-gc', '--min-semi-space-size=16', script]);
  const found = JSON.parse(stdout) as Record<string, number>;
  // What may remain is a boxed number, where the compiler did not inline, and the books of a full buffer.
  expect(found.request! - found.nothing!).toBeLessThan(24);
  expect(found.timing! - found.nothing!).toBeLessThan(24);
  expect(found.count! - found.nothing!).toBeLessThan(1);
  expect(found.tagged! - found.nothing!).toBeLessThan(24);
});
