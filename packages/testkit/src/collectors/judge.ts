import { type Form, type Meaning, nameOf } from './forms.ts';
import type { Reading } from './reading.ts';

/** What became of a form, and how that differs from what was meant. */
export interface Verdict {
  /** Kind, value and tags arrived, under whatever name. */
  isMeant: boolean;
  words: string;
}

const KINDS = { count: 'a counter', gauge: 'a gauge', timing: 'a timing', set: 'a set' };
const plain = (text: string) => text.toLowerCase().replace(/[^a-z0-9]/g, '');
const isNear = (a: number, b: number) => Math.abs(a - b) <= 1e-6 * Math.max(1, Math.abs(b));

/** What a server has of a form. */
export function ownOf(form: Form, readings: readonly Reading[]): Reading[] {
  return readings.filter(({ name }) => plain(name).startsWith(nameOf(form)));
}

/** Compares what a server has with what a form means. */
export function judge(form: Form, readings: readonly Reading[]): Verdict {
  const own = ownOf(form, readings);
  if (own.length === 0) return { isMeant: false, words: 'not read' };
  const [reading] = own;
  if (own.length > 1) return { isMeant: false, words: `${own.length} series: ${own.map(amount).join('; ')}` };
  const { kind, tags = {}, rest = '' } = form.meant;
  const wrong: string[] = [];
  const notes: string[] = [];
  if (reading!.kind !== kind) wrong.push(`is ${KINDS[reading!.kind]}, ${amount(reading!)}`);
  else {
    const { difference, note } = compare(form.meant, reading!);
    if (difference !== undefined) wrong.push(difference);
    if (note !== undefined) notes.push(note);
  }
  const tagWords = compareTags(tags, reading!, form);
  if (tagWords !== undefined) wrong.push(tagWords);
  // Where tags stand in the name, that was said.
  const name = reading!.name.slice(nameOf(form).length);
  if (tagWords === undefined && name !== rest) notes.push(nameWords(name, rest));
  // The time of the run is none of what was found.
  return { isMeant: wrong.length === 0, words: [...wrong, ...notes].join('; ').replace(/T\d{10}/, 'T...') };
}

/** `3`, or `1 of sum 20`. */
function amount({ kind, value, count, sum }: Reading): string {
  return kind === 'timing' ? `${round(count!)} with the sum ${round(sum!)}` : `${round(value!)}`;
}

function compare(meant: Meaning, reading: Reading): { difference?: string; note?: string } {
  if ('value' in meant) {
    return isNear(reading.value!, meant.value)
      ? {}
      : { difference: `${round(reading.value!)}, not ${meant.value}` };
  }
  const isCount = isNear(reading.count!, meant.count);
  if (isCount && isNear(reading.sum!, meant.sum)) return {};
  if (isCount && isNear(reading.sum! * 1000, meant.sum)) return { note: 'in seconds' };
  return { difference: `${amount(reading)}, not ${meant.count} with ${meant.sum}` };
}

function compareTags(tags: Record<string, string>, reading: Reading, form: Form): string | undefined {
  const [wanted, found] = [Object.entries(tags), reading.tags];
  const differing = wanted.filter(([key, value]) => found[key] !== value);
  const more = Object.keys(found).filter((key) => !(key in tags));
  const words: string[] = [];
  if (differing.length > 0) {
    const isInName = wanted.every(([key]) => plain(reading.name).slice(nameOf(form).length).includes(key));
    if (isInName) words.push('tags in the name');
    else if (wanted.every(([key]) => !(key in found))) words.push('without tags');
    else words.push(`tags become ${differing.map(([key]) => `${key}=${found[key] ?? ''}`).join(', ')}`);
  }
  if (more.length > 0) words.push(`further tags ${more.map((key) => `${key}=${found[key]}`).join(', ')}`);
  return words.length === 0 ? undefined : words.join('; ');
}

/** Long names are cut, and said by their lengths. */
function nameWords(name: string, rest: string): string {
  if (rest.length > 100) return `name of ${name.length} bytes`;
  return `name ends with \`${name}\``;
}

function round(value: number): number {
  return Number(value.toPrecision(6));
}
