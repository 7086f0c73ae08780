import type { Frame, ProfileData, UnitName } from '../contract.ts';
import type { Part } from './flame.ts';
import { isSelected, type Selection } from './select.ts';

/** A call that held the loop without using CPU. */
export interface Hold {
  /** What was called, such as `spawnSync`. */
  call: string;
  /** The function that called it. */
  caller: Pick<Frame, 'name' | 'file' | 'line'>;
  unit: UnitName;
  count: number;
  /** In ms. */
  total: number;
  longest: number;
}

/**
 * The blocking calls of a selection, the costliest first: stalls that were sampled in code of Node or of an
 * addon. Others are of JavaScript whose core another process had.
 */
export function holdsOf(parts: readonly Part[], wanted: Selection): Hold[] {
  const holds = new Map<string, Hold>();
  for (const { data } of parts) {
    for (const { owner: index, stack, stalled } of data.stalls) {
      const owner = data.owners[index];
      if (owner === undefined || !isSelected(owner, wanted)) continue;
      const found = stack < 0 ? null : callIn(data, stack);
      if (found === null) continue;
      const { call, caller } = found;
      const { kind, name, method } = owner;
      const key = JSON.stringify([call, caller.name, caller.file, caller.line, kind, name, method]);
      let hold = holds.get(key);
      if (hold === undefined) {
        const { name: by, file, line } = caller;
        hold = {
          call,
          caller: { name: by, file, line },
          unit: { kind, name, method },
          count: 0,
          total: 0,
          longest: 0,
        };
        holds.set(key, hold);
      }
      hold.count++;
      hold.total += stalled;
      hold.longest = Math.max(hold.longest, stalled);
    }
  }
  return [...holds.values()].sort((a, b) => b.total - a.total);
}

/** What a stack called of Node's, or of an addon, last; null where it ends in JavaScript of the application. */
function callIn({ stacks, frames }: ProfileData, stack: number): { call: string; caller: Frame } | null {
  let call: Frame | null = null;
  for (let at = stack; at > 0; at = stacks.parent[at]!) {
    const frame = frames[stacks.frame[at]!]!;
    if (frame.origin === 'app' || frame.origin === 'dependency') {
      return call === null ? null : { call: call.name, caller: frame };
    }
    if (frame.origin !== 'node' && frame.origin !== 'native') return null;
    call = frame;
  }
  return null;
}
