/** One sample as a server would read it. */
export interface CapturedMetric {
  name: string;
  /** `c`, `g`, `s`, `ms`, `h` or `d`. */
  type: string;
  /** A number, except for members of a set. */
  value: number | string;
  tags: Record<string, string>;
  /** The share of samples that was recorded. */
  rate: number;
}

/** Reads DogStatsD lines back into samples; events and checks are left out. */
export function readLines(lines: readonly string[]): CapturedMetric[] {
  return lines.filter((line) => !line.startsWith('_e{') && !line.startsWith('_sc|')).flatMap(readLine);
}

function readLine(line: string): CapturedMetric[] {
  const [head = '', type = '', ...fields] = line.split('|');
  const [name = '', ...values] = head.split(':');
  const tags: Record<string, string> = Object.create(null);
  let rate = 1;
  for (const field of fields) {
    if (field.startsWith('@')) rate = Number(field.slice(1));
    if (!field.startsWith('#')) continue;
    for (const tag of field.slice(1).split(',')) {
      const at = tag.indexOf(':');
      tags[at < 0 ? tag : tag.slice(0, at)] = at < 0 ? '' : tag.slice(at + 1);
    }
  }
  if (type === 's') return [{ name, type, value: values.join(':'), tags, rate }];
  return values.map((value) => ({ name, type, value: Number(value), tags, rate }));
}
