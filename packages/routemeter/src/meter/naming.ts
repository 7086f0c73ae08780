import type { Work } from '../attribution/index.ts';
import type { Account } from '../books/index.ts';
import { labelOf } from '../budgets/unit.ts';
import type { UnitName } from '../profile/index.ts';
import { blockName, type Root, rootOf } from '../unit/index.ts';

/** Names of blocks outside any unit that are kept, so that none of them is made twice. */
const BLOCKS = 1024;

/** What a profile calls units of work and blocks: what they are called by in every table. */
export class Naming {
  // Of one profile: nothing stays behind.
  private readonly accounts = new WeakMap<Account, UnitName>();
  private readonly blocks = new Map<string, UnitName>();

  readonly nameOf = (work: Work): UnitName => {
    const root = rootOf(work);
    if (root.kind === 'block') return this.ofBlock(blockName(root));
    const account = root.account ?? root.interim();
    let name = this.accounts.get(account);
    if (name === undefined) this.accounts.set(account, (name = nameIn(root, account)));
    return name;
  };

  /** null for a unit. */
  readonly blockOf = (work: Work): string | null => (work.kind === 'block' ? blockName(work) : null);

  private ofBlock(name: string): UnitName {
    let known = this.blocks.get(name);
    if (known === undefined) {
      if (this.blocks.size >= BLOCKS) this.blocks.clear();
      this.blocks.set(name, (known = { kind: 'block', name, method: '' }));
    }
    return known;
  }
}

function nameIn({ kind }: Root, { tags }: Account): UnitName {
  const tag = (key: string) => tags.find((one) => one.key === key)?.value ?? '';
  return kind === 'request'
    ? { kind: 'http', name: tag('http_route'), method: tag('http_method') }
    : { kind, name: tag('work_name'), method: labelOf(kind) };
}
