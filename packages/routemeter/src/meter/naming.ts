import type { Work } from '../attribution/index.ts';
import { labelOf } from '../budgets/unit.ts';
import type { UnitName } from '../profile/index.ts';
import { blockName, rootOf } from '../unit/index.ts';

/** What profiles call units of work and blocks: what they are called by in every table. */
export const NAMING = {
  nameOf(work: Work): UnitName {
    const root = rootOf(work);
    if (root.kind === 'block') return { kind: 'block', name: blockName(root), method: '' };
    const { tags } = root.account ?? root.interim();
    const tag = (key: string) => tags.find((one) => one.key === key)?.value ?? '';
    return root.kind === 'request'
      ? { kind: 'http', name: tag('http_route'), method: tag('http_method') }
      : { kind: root.kind, name: tag('work_name'), method: labelOf(root.kind) };
  },
  /** null for a unit. */
  blockOf(work: Work): string | null {
    return work.kind === 'block' ? blockName(work) : null;
  },
};
