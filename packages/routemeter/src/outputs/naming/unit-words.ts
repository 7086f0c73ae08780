import type { SeriesId } from '../../series/index.ts';
import { routeWords, word } from './words.ts';

/** What the metric of a unit's wall time says of its kind already. */
const SAID: Readonly<Record<string, string>> = {
  'work.run': 'work',
  'messaging.process': 'message',
  'rpc.server.call': 'rpc',
  'graphql.server.operation': 'graphql',
};

/** Tags of units that names without tags leave out: they say the same once more, or nothing beside it. */
const LEFT_OUT = new Set([
  'work_kind',
  'work_name',
  'messaging_destination_name',
  'rpc_method',
  'graphql_operation_type',
  'outcome',
]);

/** A unit of work that is no request, as words of a dotted name. */
export interface UnitWords {
  /** Its kind, unless `metric` says that, and its name: `job.mails.welcome`. */
  readonly words: readonly string[];
  /** Of its wall time: how it came out. */
  readonly outcome: readonly string[];
  /** Whether a tag is told by these words. */
  tells(key: string): boolean;
}

/** Of a series of a unit of work, its blocks or its calls; null for all others. `metric`: without its leaf. */
export function unitWords(id: SeriesId, metric: string): UnitWords | null {
  const own = (key: string) =>
    id.tags.find((tag) => tag.key === key && tag.origin === 'request')?.value ?? '';
  const kind = own('work_kind');
  const name = own('work_name');
  if (kind === '' || name === '') return null;
  const outcome = own('outcome');
  return {
    words: [...(SAID[metric] === kind ? [] : [word(kind)]), ...routeWords(name)],
    outcome: outcome === '' ? [] : [word(outcome)],
    tells: (key) => LEFT_OUT.has(key) && own(key) !== '',
  };
}
