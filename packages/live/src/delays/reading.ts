import { labelOf } from 'routemeter/budgets';
import { prefixOf, SERVICE } from '../routes/recogniser.ts';
import type { Range } from '../routes/table.ts';
import type { Reader, Summary } from '../store/store.ts';

/** Who held the loop: a unit of work by its kind, code of nobody, a process that did not run, or all that is not named. */
export interface Culprit {
  kind: string;
  /** Of a request its route, of other work its name; null for nobody. */
  route: string | null;
  /** Of other work the label of its kind. */
  method: string | null;
}

/** One line of who kept whom waiting; ms in all. */
export interface DelayLine {
  service: string;
  route: string;
  method: string;
  culprit: Culprit;
  part: 'queued' | 'delayed';
  ms: number;
}

/** Whose waits, in which time. */
export interface DelayQuery extends Range {
  /** Exact tag values. */
  where: Readonly<Record<string, string>>;
}

const METRIC = 'http.server.delay';
const BY = [
  SERVICE,
  'http_route',
  'http_method',
  'culprit_kind',
  'culprit_route',
  'culprit_method',
  'delay',
] as const;
/** Kinds that have no name. */
const NOBODY: ReadonlySet<string> = new Set(['outside', 'stopped', 'crowd', '']);

/** Asks a store who kept whom waiting for the event loop. */
export async function readDelays(reader: Reader, { from, to, where }: DelayQuery): Promise<DelayLine[]> {
  const names = (await reader.metrics())
    .filter(({ name, type }) => type === 'count' && prefixOf(name, METRIC) !== undefined)
    .map(({ name }) => name);
  if (names.length === 0) return [];
  const summaries = await reader.summary({
    names,
    types: ['count'],
    where,
    by: BY,
    from,
    to,
    quantiles: [],
    need: 'means',
  });
  return summaries.map(lineOf);
}

function lineOf({ name, tags, sum }: Summary): DelayLine {
  const kind = tags.culprit_kind ?? '';
  const isNobody = NOBODY.has(kind);
  return {
    service: tags[SERVICE[0]!] || prefixOf(name, METRIC) || '',
    route: tags.http_route ?? '',
    method: shown(tags.http_method),
    culprit: {
      // What lost its tags, where a store or an application had no room for more series.
      kind: kind === '' ? 'crowd' : kind,
      route: isNobody ? null : (tags.culprit_route ?? ''),
      method: isNobody ? null : kind === 'request' ? shown(tags.culprit_method) : labelOf(kind),
    },
    part: tags.delay === 'delayed' ? 'delayed' : 'queued',
    ms: sum,
  };
}

/** As `/api/routes` has methods. */
function shown(method = ''): string {
  const text = method.toUpperCase();
  return text === 'OTHER' ? 'other' : text;
}
