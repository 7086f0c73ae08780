import type { Unit } from '../api/types.ts';

export const UNIT_NAMES: Record<Unit, string> = {
  ms: 'milliseconds',
  s: 'seconds',
  us: 'microseconds',
  ns: 'nanoseconds',
  bytes: 'bytes',
  count: 'a number',
};
