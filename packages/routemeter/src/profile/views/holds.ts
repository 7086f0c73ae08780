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
 * addon. Others are of JavaScript whose core another process had; so are those in a call that used more CPU
 * than it held the loop without, as one that merely computes does.
 */
export function holdsOf(parts: readonly Part[], wanted: Selection): Hold[] {
  const holds = new Map<string, Hold>();
  const computed = new Map<string, number>();
  for (const { data, weights } of parts) {
    const calls = new Calls(data);
    for (const { owner: index, stack, stalled } of data.stalls) {
      const owner = data.owners[index];
      if (owner === undefined || !isSelected(owner, wanted)) continue;
      const found = calls.in(stack);
      if (found === null) continue;
      const key = keyOf(found, owner);
      let hold = holds.get(key);
      if (hold === undefined) holds.set(key, (hold = begun(found, owner)));
      hold.count++;
      hold.total += stalled;
      hold.longest = Math.max(hold.longest, stalled);
    }
    for (const [i, stack] of data.samples.stack.entries()) {
      const found = calls.in(stack);
      if (found === null) continue;
      const key = keyOf(found, data.owners[data.samples.owner[i]!]!);
      if (holds.has(key)) computed.set(key, (computed.get(key) ?? 0) + weights.cpu[i]!);
    }
  }
  return [...holds]
    .filter(([key, { total }]) => (computed.get(key) ?? 0) <= total)
    .map(([, hold]) => hold)
    .sort((a, b) => b.total - a.total);
}

interface Found {
  call: string;
  caller: Frame;
}

function keyOf({ call, caller }: Found, { kind, name, method }: UnitName): string {
  return JSON.stringify([call, caller.name, caller.file, caller.line, kind, name, method]);
}

function begun({ call, caller }: Found, { kind, name, method }: UnitName): Hold {
  const { name: by, file, line } = caller;
  return {
    call,
    caller: { name: by, file, line },
    unit: { kind, name, method },
    count: 0,
    total: 0,
    longest: 0,
  };
}

/** What the stacks of a thread called, each looked into once. */
class Calls {
  private readonly data: ProfileData;
  private readonly known = new Map<number, Found | null>();

  constructor(data: ProfileData) {
    this.data = data;
  }

  /** Also null where nothing was sampled. */
  in(stack: number): Found | null {
    if (stack < 0) return null;
    let found = this.known.get(stack);
    if (found === undefined) this.known.set(stack, (found = callIn(this.data, stack)));
    return found;
  }
}

/** What a stack called of Node's, or of an addon, last; null where it ends in JavaScript of the application. */
function callIn({ stacks, frames }: ProfileData, stack: number): Found | null {
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
