import { parseName } from './names.ts';
import { COUNT, GAUGE, type LineParser, SET, TYPE_NAMES } from './parser.ts';

/** Values of a packed line that are shown. */
const SHOWN = 3;
const MAX_WORDS = 300;

/** What a metric line was read as, in a few words: `gauge jobs, changed by -3`. */
export function readAs(line: LineParser, isChange: boolean): string {
  const { name, tags } = parseName(
    text(line, line.nameStart, line.nameEnd),
    text(line, line.tagsStart, line.tagsEnd),
  );
  const words = `${TYPE_NAMES[line.type]} ${name}${valueOf(line, isChange)}`;
  const more = [
    ...(line.rate === 1 ? [] : [`each counted ${line.rate > 0 ? +(1 / line.rate).toPrecision(6) : 1} times`]),
    ...(line.timestamp === 0 ? [] : [`at T${line.timestamp}`]),
    ...(tags.length === 0
      ? []
      : [`tags ${tags.map(([key, value]) => (value === '' ? key : `${key}=${value}`)).join(', ')}`]),
  ];
  const all = [words, ...more].join('; ');
  return all.length > MAX_WORDS ? `${all.slice(0, MAX_WORDS)}...` : all;
}

function valueOf(line: LineParser, isChange: boolean): string {
  const { count, type, values } = line;
  if (type === SET) return ` has the member ${text(line, line.valueStart, line.valueEnd)}`;
  const signed = (value: number) => (value >= 0 ? `+${value}` : `${value}`);
  if (type === GAUGE) {
    const value = values[count - 1]!;
    return isChange ? `, changed by ${signed(value)}` : ` = ${value}`;
  }
  const shown = [...values.subarray(0, SHOWN)].slice(0, count);
  const rest = count > SHOWN ? `, and ${count - SHOWN} more` : '';
  return type === COUNT ? ` ${shown.map(signed).join(', ')}${rest}` : ` of ${shown.join(', ')}${rest}`;
}

function text({ bytes }: LineParser, start: number, end: number): string {
  return start === end ? '' : Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString();
}
