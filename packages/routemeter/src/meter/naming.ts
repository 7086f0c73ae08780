import type { Work } from '../attribution/index.ts';
import type { UnitName } from '../profile/index.ts';
import type { Block } from './block.ts';
import type { RequestScope } from './scope.ts';

/** What a request is called that is not answered yet and has no name so far. */
const UNNAMED = '(open)';

/** What profiles call the works of a meter. By their kind, since copies of the library have classes of their own. */
export const NAMING = {
  nameOf(root: Work): UnitName {
    if (root.kind === 'block') return { kind: 'block', name: (root as Block).name, method: '' };
    const { named, route, method, ended } = root as RequestScope;
    return { kind: 'http', name: named ?? (route !== '' ? route : ended ? 'unmatched' : UNNAMED), method };
  },
  blockOf(work: Work): string | null {
    return work.kind === 'block' ? (work as Block).name : null;
  },
};
