import type { Work } from '../attribution/index.ts';
import type { UnitName } from '../profile/index.ts';
import { blockName, rootOf } from '../unit/index.ts';

/** Tags of an account that tell the server, and not the unit. */
const OF_SERVER = /^server_/;

/** What profiles call units of work and blocks: what their metrics are called by. */
export const NAMING = {
  nameOf(work: Work): UnitName {
    const root = rootOf(work);
    if (root.kind === 'block') return { kind: 'block', name: blockName(root), method: '' };
    const { tags } = root.account ?? root.interim();
    if (root.kind === 'request') {
      const tag = (key: string) => tags.find((one) => one.key === key)?.value ?? '';
      return { kind: 'http', name: tag('http_route'), method: tag('http_method') };
    }
    const own = tags.filter(({ key }) => !OF_SERVER.test(key)).map(({ value }) => value);
    return { kind: root.kind, name: own.join(' '), method: '' };
  },
  /** null for a unit. */
  blockOf(work: Work): string | null {
    return work.kind === 'block' ? blockName(work) : null;
  },
};
