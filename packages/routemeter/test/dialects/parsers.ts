/** What a strict server reads from one line; it throws for anything it would have to guess at. */
export interface Parsed {
  name: string;
  tags: Record<string, string>;
  values: string[];
  type: string;
  rate: number;
}

export type Parse = (line: string) => Parsed;

const NUMBER = /^-?\d+(\.\d+)?$/;
/** What reads packed values reads Go's floats: strconv.ParseFloat takes a number without digits before the point. */
const GO_NUMBER = /^-?(?:\d+(?:\.\d+)?|\.\d+)$/;

/** The Datadog Agent: `name:v[:v...]|type[|@rate][|#k:v,...]`. */
export const dogstatsd: Parse = (line) => {
  const [subject = '', type = '', ...fields] = line.split('|');
  const at = subject.indexOf(':');
  const name = subject.slice(0, at);
  check(at > 0 && /^[^:|@#,\s\x00-\x1f\x7f]+$/.test(name), 'name', line);
  check(/^(c|g|ms|h|d|s)$/.test(type), 'type', line);
  const values = type === 's' ? [subject.slice(at + 1)] : subject.slice(at + 1).split(':');
  check(type === 's' || values.every((value) => GO_NUMBER.test(value)), 'value', line);
  let rate = 1;
  if (fields[0]?.startsWith('@')) rate = rated(fields.shift()!, line);
  const tags: Record<string, string> = Object.create(null);
  if (fields[0]?.startsWith('#')) {
    for (const tag of fields.shift()!.slice(1).split(',')) {
      const colon = tag.indexOf(':');
      const key = colon < 0 ? tag : tag.slice(0, colon);
      check(key !== '' && !(key in tags) && !/\s/.test(key), 'tag', line);
      tags[key] = colon < 0 ? '' : tag.slice(colon + 1);
    }
  }
  check(fields.length === 0, 'further fields', line);
  return { name, tags, values, type, rate };
};

/** Etsy's StatsD, before it changes a character. */
export const graphite: Parse = (line) => classic(line, ';', /^[A-Za-z0-9_.-]+$/, /^(c|g|ms|s)$/);
/** Telegraf, with its own tags. */
export const influx: Parse = (line) => classic(line, ',', /^[A-Za-z0-9_./-]+$/, /^(c|g|ms|h|s)$/);
/** No tags at all. */
export const statsd: Parse = (line) => classic(line, '\0', /^[A-Za-z0-9_.-]+$/, /^(c|g|ms|s)$/);

function classic(line: string, separator: string, word: RegExp, types: RegExp): Parsed {
  const [subject = '', type = '', ...fields] = line.split('|');
  const parts = subject.split(':');
  check(parts.length === 2, 'one value a line', line);
  const [bucket = '', value = ''] = parts;
  const [name = '', ...pairs] = bucket.split(separator);
  check(word.test(name) && !/^\.|\.\.|\.$/.test(name) && !(name in {}), 'name', line);
  check(types.test(type), 'type', line);
  check(type === 's' ? /^[A-Za-z0-9_.-]+$/.test(value) : NUMBER.test(value), 'value', line);
  const tags: Record<string, string> = Object.create(null);
  for (const pair of pairs) {
    const [key = '', text = '', ...more] = pair.split('=');
    check(more.length === 0 && word.test(key) && word.test(text) && !(key in tags), 'tag', line);
    tags[key] = text;
  }
  let rate = 1;
  if (fields[0]?.startsWith('@')) rate = rated(fields.shift()!, line);
  check(fields.length === 0, 'further fields', line);
  return { name, tags, values: [value], type, rate };
}

function rated(field: string, line: string): number {
  const rate = Number(field.slice(1));
  check(/^@0\.\d+$/.test(field) && rate > 0 && rate < 1, 'rate', line);
  return rate;
}

function check(right: boolean, what: string, line: string): void {
  if (!right) throw new Error(`${what} of ${JSON.stringify(line)}`);
}

/** What each server makes of a series after its own clean-up, as a key. */
export const stored: Record<string, (parsed: Parsed) => string> = {
  dogstatsd: ({ name, tags }) => {
    const kept = Object.entries(tags).map(([key, value]) =>
      `${key}:${value}`
        .slice(0, 200)
        .toLowerCase()
        .replace(/[^a-z0-9_\-:./]/g, '_')
        .replace(/_+$/, ''),
    );
    return JSON.stringify([name.slice(0, 200).replace(/[^A-Za-z0-9_.]/g, '_'), kept.sort()]);
  },
  graphite: ({ name, tags }) => JSON.stringify([name, Object.entries(tags).sort()]),
  influx: ({ name, tags }) => JSON.stringify([name.replace(/\./g, '_'), Object.entries(tags).sort()]),
  statsd: ({ name }) => name.toLowerCase(),
};

export const PARSERS = { dogstatsd, graphite, influx, statsd };
