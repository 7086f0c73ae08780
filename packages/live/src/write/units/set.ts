import { membersName } from '../../prometheus/series-names.ts';
import { type Cell, MAX_MEMBERS } from '../../store/memory/cell.ts';
import type { RequestBuilder, Times } from '../request.ts';
import { type Identity, Unit } from './unit.ts';

/** Members that all sets of an interval may hold together; what a `Set` takes for one is some 50 bytes. */
const MAX_ALL_MEMBERS = 200_000;

/** Shared by all sets. */
export interface Members {
  count: number;
  /** Those that found no room. */
  dropped: number;
}

/** Distinct members of the interval. Sets of several hosts cannot be told apart, so they cannot be merged. */
export class MemberSet extends Unit {
  readonly #identity: Identity;
  readonly #all: Members;
  readonly #members = new Set<number>();

  constructor(identity: Identity, all: Members) {
    super();
    this.#identity = identity;
    this.#all = all;
  }

  take(cell: Readonly<Cell>): void {
    this.isChanged = true;
    for (const member of cell.members ?? []) {
      if (this.#members.has(member)) continue;
      if (this.#members.size >= MAX_MEMBERS || this.#all.count >= MAX_ALL_MEMBERS) this.#all.dropped++;
      else {
        this.#members.add(member);
        this.#all.count++;
      }
    }
  }

  write(request: RequestBuilder, { at }: Times, isRefresh: boolean): void {
    if (isRefresh) return;
    const { name, labels } = this.#identity;
    const values = { before: 0, now: this.#members.size };
    request.sample(labels, membersName(name), undefined, { at, before: undefined }, values);
    this.#all.count -= this.#members.size;
    this.#members.clear();
  }
}
