/** What stands where there is no value. */
export const NONE = '–';

const THIN = '\u202f';

function grouped(digits: string): string {
  return digits.replace(/\B(?=(\d{3})+(?!\d))/g, THIN);
}

/** Three significant digits, thousands apart: 0.123, 1.23, 12.3, 123, 1 230. */
export function three(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return NONE;
  if (value === 0) return '0';
  if (Math.abs(value) < 0.001) return value < 0 ? '>\u22120.001' : '<0.001';
  if (value < 0) return `\u2212${three(-value)}`;
  const rounded = Number(value.toPrecision(3));
  if (rounded >= 100) return grouped(String(Math.round(rounded)));
  const decimals = Math.min(3, 2 - Math.floor(Math.log10(rounded)));
  return rounded.toFixed(decimals);
}

/** As `three`, without zeros at the end: for axes and for counts that are mostly whole. */
export function short(value: number | null | undefined): string {
  const text = three(value);
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
}

/** A whole number, every digit, thousands apart. */
export function whole(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return NONE;
  return value < 0 ? `\u2212${whole(-value)}` : grouped(String(Math.round(value)));
}

/** Milliseconds with their unit, in the unit a person would say. */
export function ms(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return NONE;
  return Math.abs(value) >= 9999.5 ? `${three(value / 1000)} s` : `${three(value)} ms`;
}

/** For a sentence: whole milliseconds from 10 upwards. */
export function spoken(value: number): string {
  return value >= 9.95 ? whole(value) : String(Number(value.toPrecision(2)));
}

/** A part of one as a percentage without its sign; small non-zero parts never read 0. */
export function percent(part: number | null | undefined): string {
  if (part === null || part === undefined || !Number.isFinite(part)) return NONE;
  const value = part * 100;
  if (value === 0) return '0';
  if (Math.abs(value) < 0.1) return value < 0 ? '>\u22120.1' : '<0.1';
  return Math.abs(value) < 10 ? value.toFixed(1).replace('-', '\u2212') : whole(value);
}

const BYTES = ['B', 'kB', 'MB', 'GB', 'TB'];

export function bytes(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return NONE;
  let unit = 0;
  let rest = value;
  while (Math.abs(rest) >= 999.5 && unit < BYTES.length - 1) {
    rest /= 1000;
    unit += 1;
  }
  return `${three(rest)} ${BYTES[unit]}`;
}

/** Seconds as a person says them: 45 s, 5 min, 1 h, 1 h 30 min. */
export function span(seconds: number): string {
  const s = Math.max(0, Math.round(seconds));
  if (s < 120 && s % 60 !== 0) return `${s} s`;
  if (s < 60) return `${s} s`;
  const minutes = Math.round(s / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  const rest = minutes % 60;
  return rest === 0 ? `${hours} h` : `${hours} h ${rest} min`;
}

/** How long ago, in one unit: 3 s, 12 min, 5 h. */
export function age(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  return seconds < 3600 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3600)} h`;
}

/** The short form on a button: 1m, 15m, 1h, 90m. */
export function shortSpan(seconds: number): string {
  if (seconds % 3600 === 0) return `${seconds / 3600}h`;
  return seconds % 60 === 0 ? `${seconds / 60}m` : `${seconds}s`;
}

const two = (n: number) => String(n).padStart(2, '0');

/** Local time of day. */
export function clock(at: number): string {
  const date = new Date(at);
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}
