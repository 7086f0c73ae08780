import { RoutemeterError, show } from '../errors/index.ts';
import type { ProfileOptions } from './contract.ts';

/** Options with their defaults. */
export interface Wanted {
  seconds: number;
  interval: number;
  maxStall: number;
  force: boolean;
  signal: AbortSignal | undefined;
}

const NUMBERS = {
  seconds: { usual: 10, least: 0.1, most: 30, unit: 'seconds' },
  interval: { usual: 1, least: 0.5, most: 100, unit: 'milliseconds' },
  maxStall: { usual: 500, least: 0, most: 60_000, unit: 'milliseconds' },
} as const;

const KNOWN = [...Object.keys(NUMBERS), 'force', 'signal'];

/** @throws RoutemeterError for an option that does not exist or is out of range. */
export function wantedOf(options: ProfileOptions): Wanted {
  for (const key of Object.keys(options)) {
    if (!KNOWN.includes(key)) {
      throw new RoutemeterError(
        'RM_OPTION_UNKNOWN',
        `profile(): there is no option ${show(key)}; there are ${KNOWN.join(', ')}`,
      );
    }
  }
  const { force = false, signal } = options;
  if (typeof force !== 'boolean') throw invalid('force', force, 'true or false');
  if (signal !== undefined && typeof signal.addEventListener !== 'function') {
    throw invalid('signal', signal, 'an AbortSignal');
  }
  return {
    seconds: number('seconds', options),
    interval: number('interval', options),
    maxStall: number('maxStall', options),
    force,
    signal,
  };
}

function number(name: keyof typeof NUMBERS, options: ProfileOptions): number {
  const { usual, least, most, unit } = NUMBERS[name];
  const value: unknown = options[name] ?? usual;
  if (typeof value !== 'number' || !(value >= least && value <= most)) {
    throw invalid(name, value, `a number of ${unit} from ${least} to ${most}`);
  }
  return value;
}

function invalid(name: string, value: unknown, takes: string): RoutemeterError {
  return new RoutemeterError(
    'RM_OPTION_INVALID',
    `profile(): "${name}" is ${show(value)}; it takes ${takes}`,
  );
}
