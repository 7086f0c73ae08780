import type { Work } from '../attribution/index.ts';
import type { Account, SeriesFinder } from '../books/index.ts';
import type { Block } from './block.ts';
import type { Unit } from './unit.ts';

/** An outermost work, as what follows its calls sees it: a unit, or a block outside any. */
export interface Root extends Work {
  /** Whose meter records it. */
  readonly finder: SeriesFinder;
  /** Where its calls are recorded; null until its name is final. */
  readonly account: Account | null;
  /** The account by the name it has so far. */
  interim(): Account;
}

/** The outermost work around a work. */
export function rootOf(work: Work): Root {
  return work.root as Unit | Block;
}

/** The name of the block that a work is; '' for a unit. */
export function blockName(work: Work): string {
  return work.kind === 'block' ? (work as Block).name : '';
}
