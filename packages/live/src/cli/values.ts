import { InvalidArgumentError } from 'commander';
import { LiveError } from '../errors.ts';
import { UNITS, type Unit } from '../units.ts';

export function whole(value: string): number {
  if (!/^\d{1,9}$/.test(value)) throw new InvalidArgumentError('Give a whole number.');
  return Number(value);
}

/** One a line: a variable of the environment can hold several. */
export const header =
  (flag: string) =>
  (value: string, before: Record<string, string> = {}): Record<string, string> => {
    const all = { ...before };
    for (const line of value.split('\n').filter((line) => line.trim() !== '')) {
      const cut = line.indexOf(':');
      // The value can be a secret, and commander would print it.
      if (cut < 1) throw new LiveError('BAD_OPTION', `${flag}: give 'Name: value'`);
      all[line.slice(0, cut).trim()] = line.slice(cut + 1).trim();
    }
    return all;
  };

const SECONDS: Record<string, number> = { s: 1, m: 60, h: 3600, d: 86_400 };

export function duration(value: string): number {
  const match = /^(\d{1,7})([smhd])?$/.exec(value);
  if (match === null) throw new InvalidArgumentError('Give a time such as 90s, 30m or 2h.');
  return Number(match[1]) * SECONDS[match[2] ?? 's']!;
}

/** `api.request=s`, several with commas. */
export function units(value: string, before: Record<string, Unit> = {}): Record<string, Unit> {
  const all = { ...before };
  for (const pair of value.split(',')) {
    const cut = pair.lastIndexOf('=');
    const unit = pair.slice(cut + 1) as Unit;
    if (cut < 1 || !UNITS.includes(unit)) {
      throw new InvalidArgumentError(`Give a metric and one of ${UNITS.join(', ')}, such as api.request=s.`);
    }
    all[pair.slice(0, cut)] = unit;
  }
  return all;
}

/** `bytes=1000,1000000`, one a line: a variable of the environment can hold several. */
export function buckets(value: string, before: Record<string, number[]> = {}): Record<string, number[]> {
  const all = { ...before };
  for (const line of value.split('\n').filter((line) => line.trim() !== '')) {
    const cut = line.lastIndexOf('=');
    const bounds = line
      .slice(cut + 1)
      .split(',')
      .map(Number);
    if (cut < 1 || bounds.some((bound) => !Number.isFinite(bound))) {
      throw new InvalidArgumentError('Give a unit or a metric and numbers, such as bytes=1000,1000000.');
    }
    all[line.slice(0, cut).trim()] = bounds;
  }
  return all;
}
