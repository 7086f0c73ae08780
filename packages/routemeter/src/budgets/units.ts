/** In what a measure and its limit are told. */
export type Unit = 'ms' | 'share' | 'calls';

/** Milliseconds of one unit. */
const MS = { us: 0.001, µs: 0.001, ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const;

export const TIME_TEXT = /^\d+(\.\d+)?\s?(us|µs|ms|s|m)$/;
export const SHARE_TEXT = /^\d+(\.\d+)?\s?%$/;
export const WINDOW_TEXT = /^[1-9]\d*\s?(s|m|h)$/;

/** `250`, `"250ms"` and `"1.5s"` in milliseconds. The text has been checked against {@link TIME_TEXT}. */
export function toMs(value: number | string): number {
  if (typeof value === 'number') return value;
  const [, number, unit] = /^([\d.]+)\s?(\D+)$/.exec(value)!;
  return Number((Number(number) * MS[unit as keyof typeof MS]).toPrecision(12));
}

/** `0.01` and `"1%"` as a share of one. */
export function toShare(value: number | string): number {
  return typeof value === 'number' ? value : Number((Number.parseFloat(value) / 100).toPrecision(12));
}

/** `"5m"` in seconds. */
export function toSeconds(value: string): number {
  return toMs(value) / 1000;
}

/** A time as people write it: `250 ms`, `1.5 s`. */
export function timeText(ms: number): string {
  if (ms >= 1000) return `${three(ms / 1000)} s`;
  return ms < 1 ? `${three(ms * 1000)} µs` : `${three(ms)} ms`;
}

/** A share as a percentage: `1.25 %`. */
export function shareText(share: number): string {
  return `${three(share * 100)} %`;
}

/** A value of a measure, with its unit; `of` is what there are so many calls per. */
export function valueText(unit: Unit, value: number, of: 'request' | 'run'): string {
  if (unit === 'share') return shareText(value);
  return unit === 'calls' ? `${three(value)} per ${of}` : timeText(value);
}

function three(value: number): string {
  return String(Number(value.toPrecision(3)));
}
