/** Bytes that any number may take: the smallest double has 323 zeros before its digits. */
export const NUMBER_BYTES = 360;
/** Bytes that one of our own times may take, with its colon: they are cut at a million years. */
export const OWN_BYTES = 24;
/** The same for numbers of usual size: at most 17 digits behind some zeros. */
const SHORT_BYTES = 32;
const LARGEST_OWN = 1e15;
const LARGEST_INT = 2 ** 31 - 1;

const ZERO = 48;
const DOT = 46;
const COLON = 58;
/** Powers of ten by their exponent: V8 calls a function of C for `10 ** places`. */
const TEN_TO = [1, 10, 100, 1e3, 1e4, 1e5, 1e6, 1e7];

/**
 * Writes a time in milliseconds (a negative one as 0) with five significant digits and no exponent:
 * `12.345`, `0.12346`, `1234.6`. Steps of 0.1 nanoseconds at the finest, since the clocks behind
 * it tell no more.
 *
 * @param bare leaves out the zero before the point (`.12346`): one byte in eight of most times. For
 * servers that read packed values, which parse numbers as Go, C and Rust do.
 * @returns the offset behind the text.
 */
export function writeOwn(buffer: Buffer, offset: number, value: number, bare: boolean): number {
  if (!(value > 0)) value = 0;
  else if (value > LARGEST_OWN) value = LARGEST_OWN;
  // Decimal places that leave five significant digits.
  let places: number;
  let scaled: number;
  if (value < 1) {
    places = value < 0.1 ? (value < 0.01 ? 7 : 6) : 5;
    scaled = Math.round(value * (places === 5 ? 1e5 : places === 6 ? 1e6 : 1e7));
  } else if (value < 100) {
    places = value < 10 ? 4 : 3;
    scaled = Math.round(value * (places === 4 ? 1e4 : 1e3));
  } else if (value < 10_000) {
    places = value < 1000 ? 2 : 1;
    scaled = Math.round(value * (places === 2 ? 100 : 10));
  } else {
    return writeDigits(buffer, offset, Math.round(value));
  }
  return writeScaled(buffer, offset, scaled, places, bare);
}

/** Of each number below 1000 its three digits, and in the highest byte how many there are without zeros at the end. */
const TRIPLES = new Int32Array(1000);
for (let i = 0; i < 1000; i++) {
  const [a, b, c] = [Math.floor(i / 100), Math.floor(i / 10) % 10, i % 10] as const;
  const length = c > 0 ? 3 : b > 0 ? 2 : a > 0 ? 1 : 0;
  TRIPLES[i] = (ZERO + a) | ((ZERO + b) << 8) | ((ZERO + c) << 16) | (length << 24);
}

/**
 * Writes times of a series as `writeOwn` does without the zero before the point, a colon before each. Nearly all are
 * below a millisecond: these are written by tables, and eight bytes at once, of which the last may be overwritten.
 *
 * @param view of the same bytes as `buffer`, where each time may take `OWN_BYTES`.
 * @returns the offset behind the text.
 */
export function writeOwns(
  buffer: Buffer,
  view: DataView,
  offset: number,
  values: Float64Array,
  from: number,
  to: number,
): number {
  let at = offset;
  for (let i = from; i < to; i++) {
    const value = values[i]!;
    // Five significant digits are six behind the point at most; behind two zeros they are written with a third one before.
    let millionths = 1e6;
    let lead = COLON | (DOT << 8);
    if (value >= 0.1) {
      if (value < 1) millionths = ((value * 1e5 + 0.5) | 0) * 10;
    } else if (value >= 0.01) {
      millionths = (value * 1e6 + 0.5) | 0;
    } else if (value > 0) {
      const tenths = (value * 1e7 + 0.5) | 0;
      // What is rounded to zero, or up to 0.01, is none of these.
      if (tenths > 0 && tenths < 1e5) {
        buffer[at++] = COLON;
        lead = DOT | (ZERO << 8);
        millionths = tenths;
      }
    }
    if (millionths >= 1e6) {
      buffer[at] = COLON;
      at = writeOwn(buffer, at + 1, value, true);
      continue;
    }
    const thousandths = (millionths / 1000) | 0;
    const first = TRIPLES[thousandths]!;
    const second = TRIPLES[millionths - thousandths * 1000]!;
    view.setInt32(at, lead | (first << 16), true);
    view.setInt32(at + 4, ((first >> 16) & 0xff) | (second << 8), true);
    const behind = second >>> 24;
    at += behind > 0 ? 5 + behind : 2 + (first >>> 24);
  }
  return at;
}

/** Writes `scaled / 10 ** places` without the zeros at its end; `places` at most 7. */
function writeScaled(buffer: Buffer, offset: number, scaled: number, places: number, bare: boolean): number {
  const unit = TEN_TO[places]!;
  const whole = Math.floor(scaled / unit);
  // Integers of 32 bits from here on, whose division by ten is a multiplication.
  let rest = (scaled - whole * unit) | 0;
  if (rest === 0) return writeDigits(buffer, offset, whole);
  while (rest % 10 === 0) {
    rest = (rest / 10) | 0;
    places--;
  }
  const dot = bare && whole === 0 ? offset : writeDigits(buffer, offset, whole);
  buffer[dot] = DOT;
  for (let at = dot + places; at > dot; at--) {
    const tens = (rest / 10) | 0;
    buffer[at] = ZERO + rest - tens * 10;
    rest = tens;
  }
  return dot + places + 1;
}

function writeDigits(buffer: Buffer, offset: number, whole: number): number {
  if (whole < 10) {
    buffer[offset] = ZERO + whole;
    return offset + 1;
  }
  let digits = 2;
  for (let bound = 100; bound <= whole; bound *= 10) digits++;
  let at = offset + digits - 1;
  while (whole > LARGEST_INT) {
    const tens = Math.floor(whole / 10);
    buffer[at--] = ZERO + whole - tens * 10;
    whole = tens;
  }
  let rest = whole | 0;
  for (; at >= offset; at--) {
    const tens = (rest / 10) | 0;
    buffer[at] = ZERO + rest - tens * 10;
    rest = tens;
  }
  return offset + digits;
}

/** Writes a value of the application's exactly, without exponent. @returns the offset behind the text. */
export function writeExact(buffer: Buffer, offset: number, value: number): number {
  if (value >= 0 && value < 1e15 && Number.isInteger(value)) return writeDigits(buffer, offset, value);
  if (value >= 0 && value < 1e9) {
    // Few decimal places are the usual case, and need no string.
    const scaled = Math.round(value * 1e4);
    if (scaled / 1e4 === value) return writeScaled(buffer, offset, scaled, 4, false);
  }
  return offset + buffer.write(plain(value), offset, 'latin1');
}

/** Decimal text of a finite number without exponent, the shortest that reads back as the same number. */
export function plain(value: number): string {
  const text = String(value);
  const e = text.indexOf('e');
  if (e < 0) return text;
  const exponent = Number(text.slice(e + 1));
  const sign = value < 0 ? '-' : '';
  const digits = text.slice(sign.length, e).replace('.', '');
  const point = text.slice(sign.length, e).indexOf('.');
  const shift = (point < 0 ? digits.length : point) + exponent;
  if (shift <= 0) return `${sign}0.${'0'.repeat(-shift)}${digits}`;
  return `${sign}${digits}${'0'.repeat(Math.max(0, shift - digits.length))}`;
}

/** Bytes that a value may take on the wire, with a colon: an estimate from above, quickly made. */
export function numberBytes(value: number, own: boolean): number {
  if (own) return OWN_BYTES;
  return value === 0 || (value >= 1e-6 && value < 1e15) ? SHORT_BYTES : NUMBER_BYTES;
}
