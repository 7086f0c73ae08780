import type { Culprit, DelayPart, UnitKind } from '../attribution/index.ts';
import { type Account, type Blamed, type DelayBook, type Tag, TOLD, tagText } from '../books/index.ts';
import type { Block } from './block.ts';
import type { Unit } from './unit.ts';

/** Stands for a culprit: the account of a unit, the name of a block outside any, or what Culprit has for nobody. */
export type CulpritKey = Account | string;

/** The time that is left when the longest culprits are named. */
const CROWD = 'crowd';
const NOBODY: readonly string[] = ['outside', 'stopped', CROWD];
const WORK = 'work:';

export function keyOf(culprit: Culprit): CulpritKey {
  if (typeof culprit === 'string') return culprit;
  if (culprit.kind === 'block') return WORK + (culprit as Block).name;
  // One that is still open goes by the name it has so far.
  const unit = culprit as Unit;
  const account = unit.account ?? unit.interim();
  account.kind = unit.kind as UnitKind;
  return account;
}

/** One line of what is told: who kept the units of an account waiting. */
export interface ToldDelay {
  account: Account;
  part: DelayPart;
  culprit: CulpritKey;
  ms: number;
}

/** The longest pairs of all accounts since the last flush; what is left of each account is the crowd's. */
export function delaysOf(accounts: Iterable<Account>): ToldDelay[] {
  const all: { account: Account; part: DelayPart; total: number; named: readonly Blamed<CulpritKey>[] }[] =
    [];
  for (const account of accounts) {
    const book = account.delays as DelayBook<CulpritKey> | null;
    book?.take((part, total, named) => all.push({ account, part, total, named }));
  }
  const lengths = all.flatMap(({ named }) => named.map(({ ms }) => ms)).sort((a, b) => b - a);
  const tooShort = lengths[TOLD] ?? 0;
  return all.flatMap(({ account, part, total, named }) => {
    const told = named.filter(({ ms }) => ms > tooShort);
    const rest = total - told.reduce((sum, { ms }) => sum + ms, 0);
    const lines = told.map(({ culprit, ms }): ToldDelay => ({ account, part, culprit, ms }));
    // What rounding leaves is nobody's wait.
    if (rest > total * 1e-9) lines.push({ account, part, culprit: CROWD, ms: rest });
    return lines;
  });
}

/** The tags of one line, beside those of the account. */
export function culpritTags(part: DelayPart, culprit: CulpritKey): Tag[] {
  const tags: [key: string, value: string][] = [['delay', part]];
  const add = (kind: string, name: string, method: string) =>
    tags.push(['culprit_kind', kind], ['culprit_route', name], ['culprit_method', method]);
  if (typeof culprit !== 'string') {
    const told = (key: string) => culprit.tags.find((tag) => tag.key === key)?.value;
    const kind = culprit.kind!;
    // The same keys always: what has no method has its kind there.
    add(kind, told('http_route') ?? told('work_name') ?? culprit.metric, told('http_method') ?? kind);
  } else if (NOBODY.includes(culprit)) {
    add(culprit, culprit, culprit);
  } else {
    add('work', culprit.slice(WORK.length), 'work');
  }
  return tags.map(([key, value]) => ({ key, value: tagText(value), origin: 'detail' }));
}
