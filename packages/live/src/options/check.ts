import { LiveError } from '../errors.ts';

export function whole(name: string, value: number, min: number, max: number): number {
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  throw new LiveError('BAD_OPTION', `${name}: ${value} is not a whole number from ${min} to ${max}`);
}

export function text(name: string, value: string): string {
  if (typeof value === 'string' && value !== '') return value;
  throw new LiveError(
    'BAD_OPTION',
    `${name}: ${JSON.stringify(value)} is empty; give a value or leave it out`,
  );
}

export function flag(name: string, value: boolean): boolean {
  if (typeof value === 'boolean') return value;
  throw new LiveError('BAD_OPTION', `${name}: ${JSON.stringify(value)} is neither true nor false`);
}
