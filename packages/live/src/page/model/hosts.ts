import type { Difference, HostRow, Measure } from '../api/types.ts';
import { percent, spoken } from './formatting.ts';
import type { Sentence } from './sentence.ts';

/** More of them make a table that nobody reads. */
export const MOST_HOSTS = 50;

/** In the order of their names; of very many, those that differ and then the first. */
export function shownHosts(all: readonly HostRow[]): readonly HostRow[] {
  if (all.length <= MOST_HOSTS) return all;
  const odd = all.filter(({ differs }) => differs.length > 0);
  return [...odd, ...all.filter(({ differs }) => differs.length === 0)].slice(0, MOST_HOSTS);
}

/** What a person would say first: slower, failing, computing more, busier. */
const ORDER: readonly Measure[] = ['p95', 'p50', 'errors', 'cpu', 'rate'];

/** The host that stands out most, in words; null where none does. */
export function hostSentence(hosts: readonly HostRow[]): Sentence | null {
  for (const measure of ORDER) {
    const found = hosts
      .flatMap(({ host, differs }) => {
        const difference = differs.find((one) => one.measure === measure);
        return difference && difference.value > difference.others ? [{ host, difference }] : [];
      })
      .sort((a, b) => (b.difference.times ?? Infinity) - (a.difference.times ?? Infinity));
    const first = found[0];
    if (!first) continue;
    const more = found.length - 1;
    const also =
      more === 0
        ? ''
        : more === 1
          ? ' One more host differs like this.'
          : ` ${more} more hosts differ like this.`;
    return [{ name: first.host || '(no host)' }, ` ${WORDS[measure](first.difference)}.${also}`];
  }
  return null;
}

const times = ({ times: factor }: Difference) => (factor === null ? 'many' : spoken(factor));
const slower = (name: string) => (one: Difference) =>
  `takes ${times(one)} times as long as the others (${name} ${spoken(one.value)} against ${spoken(one.others)} ms)`;

const WORDS: Record<Measure, (difference: Difference) => string> = {
  p95: slower('p95'),
  p50: slower('p50'),
  errors: ({ value, others }) => `fails ${percent(value)} % of its requests, the others ${percent(others)} %`,
  cpu: (one) =>
    `uses ${times(one)} times the CPU of the others for a request (${spoken(one.value)} against ${spoken(one.others)} ms)`,
  rate: (one) => `gets ${times(one)} times as many requests as the others`,
};
