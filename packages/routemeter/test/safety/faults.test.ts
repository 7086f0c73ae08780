import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { bundle } from '../../../testkit/src/bundle.ts';

const run = promisify(execFile);
const script = await bundle(new URL('./scripts/faults.ts', import.meta.url), 'safety-faults');

interface Found {
  answers: string[];
  recovered: boolean;
  samples: number;
  handed: number;
  waiting: number;
  dropped: Record<string, number>;
  unconfirmed: number;
  received: number;
  stderr: string;
  status: number;
}

/** The causes that each fault may have in the books; UDP can lose without a word only while the agent is away. */
const FAULTS: Record<string, string[]> = {
  absent: ['refused'],
  restarting: ['refused'],
  'too long for the network': ['too_long'],
  'name not found': ['queue_full'],
  'name not answered': ['queue_full'],
  'name look-up throws': ['queue_full'],
  'loop blocked': ['queue_full'],
  'no file descriptors': ['send_failed', 'queue_full'],
};

describe('a fault on the way to the agent', () => {
  it.each(Object.entries(FAULTS))(
    '%s: the application answers as ever, the books balance, sending resumes',
    async (fault, causes) => {
      const { stdout } = await run(process.execPath, ['--no-warnings', script, fault], { timeout: 28_000 });
      const found = JSON.parse(stdout) as Found;
      expect(found).toMatchObject({ status: 0, answers: ['fine /x'], recovered: true, waiting: 0 });
      const lost = Object.values(found.dropped).reduce((sum, samples) => sum + samples, 0);
      expect(found.handed + lost).toBe(found.samples);
      for (const cause of Object.keys(found.dropped)) expect(causes).toContain(cause);
      // At most the warning of this fault.
      expect(found.stderr.split('\n').filter((line) => line !== '').length).toBeLessThanOrEqual(1);
    },
  );
});
