import { expect, it } from 'vitest';
import { jobName, KEPT_NAMES, keptNames } from '../../src/work/naming.ts';

it('names of jobs are kept up to a bound, and are the same before and after', () => {
  let most = 0;
  for (let round = 0; round < 2; round++) {
    for (let i = 0; i < 3 * KEPT_NAMES; i++) {
      expect(jobName(`export ${1000 + i}`)).toBe('export :id');
      most = Math.max(most, keptNames());
    }
  }
  expect(most).toBe(KEPT_NAMES);
  expect(jobName(4711)).toBe('');
});
