import { membersName } from '../../prometheus/series-names.ts';
import type { Cell } from '../../store/memory/cell.ts';
import { Members } from '../../store/memory/members.ts';
import type { RequestBuilder, Times } from '../request.ts';
import { type Identity, Unit } from './unit.ts';

/** What the members of all sets of an interval may take together: some 200,000 that are told apart, or 500 sketches. */
const MAX_BYTES = 16 * 1024 * 1024;

/** Shared by all sets. */
export interface AllMembers {
  bytes: number;
  /** Members of sets that found no room. */
  dropped: number;
}

/** Distinct members of the interval. Sets of several hosts cannot be told apart, so they cannot be merged. */
export class MemberSet extends Unit {
  readonly #identity: Identity;
  readonly #all: AllMembers;
  readonly #members = new Members();

  constructor(identity: Identity, all: AllMembers) {
    super();
    this.#identity = identity;
    this.#all = all;
  }

  take({ members }: Readonly<Cell>): void {
    this.isChanged = true;
    if (members === undefined) return;
    const before = this.#members.bytes;
    if (before === 0 && this.#all.bytes >= MAX_BYTES) {
      this.#all.dropped += members.size;
      return;
    }
    this.#members.merge(members);
    this.#all.bytes += this.#members.bytes - before;
  }

  write(request: RequestBuilder, { at }: Times, isRefresh: boolean): void {
    if (isRefresh) return;
    const { name, labels } = this.#identity;
    const values = { before: 0, now: this.#members.size };
    request.sample({ labels, name: membersName(name), type: 'gauge' }, { at, before: undefined }, values);
    this.#all.bytes -= this.#members.bytes;
    this.#members.clear();
  }
}
