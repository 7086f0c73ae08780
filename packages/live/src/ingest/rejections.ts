import { type Reason, remedyOf } from './reasons.ts';

/** Lines refused for one reason, under one name. */
export interface Rejection {
  reason: Reason;
  /** As far as a name can be told; '' where not, or where there are too many. */
  name: string;
  count: number;
  last: { at: number; text: string };
  /** What would be right. */
  remedy: string;
}

/** Reasons and names that are told apart; more names of a reason count as ''. */
const MAX_GROUPS = 200;
const MAX_NAME = 200;

/** What was refused since the start or the last reset, by reason and name. */
export class Rejections {
  readonly #groups = new Map<string, Omit<Rejection, 'remedy'>>();

  add(reason: Reason, text: string, at: number): void {
    const name = nameIn(text);
    const known = this.#groups.get(`${reason} ${name}`) ?? this.#open(reason, name);
    known.count++;
    known.last = { at, text };
  }

  /** The most frequent first. */
  list(): Rejection[] {
    return [...this.#groups.values()]
      .sort((a, b) => b.count - a.count)
      .map((group) => ({ ...group, remedy: remedyOf(group.reason, group.name) }));
  }

  clear(): void {
    this.#groups.clear();
  }

  #open(reason: Reason, wanted: string): Omit<Rejection, 'remedy'> {
    const name = this.#groups.size < MAX_GROUPS ? wanted : '';
    const key = `${reason} ${name}`;
    let group = this.#groups.get(key);
    if (group === undefined) {
      group = { reason, name, count: 0, last: { at: 0, text: '' } };
      this.#groups.set(key, group);
    }
    return group;
  }
}

/** Of events and service checks the kind stands for the name. */
function nameIn(text: string): string {
  if (text.startsWith('_e')) return '_e';
  if (text.startsWith('_sc')) return '_sc';
  const end = text.search(/[:|]/);
  return end < 0 ? '' : text.slice(0, Math.min(end, MAX_NAME)).trim();
}
