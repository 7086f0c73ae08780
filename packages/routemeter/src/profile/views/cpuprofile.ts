import { pathToFileURL } from 'node:url';
import { type FlameNode, type Part, Tree } from './flame.ts';
import { isSelected, type Selection } from './select.ts';

/** A `.cpuprofile`, as Chrome DevTools, speedscope and editors open it. Times in µs. */
export interface CpuProfile {
  nodes: CpuProfileNode[];
  startTime: number;
  endTime: number;
  samples: number[];
  timeDeltas: number[];
}

export interface CpuProfileNode {
  id: number;
  callFrame: {
    functionName: string;
    scriptId: string;
    url: string;
    lineNumber: number;
    columnNumber: number;
  };
  /** In µs of its own time: DevTools shares the whole span by it. */
  hitCount: number;
  children?: number[];
}

/**
 * What a selection used, on the time line of its thread; all else is idle. Each sample lasts as long as what
 * it stands for, so that a viewer that adds up times and one that counts hits both come to what the ledger
 * has. Several threads follow one another.
 */
export function cpuprofileOf(parts: readonly Part[], wanted: Selection): CpuProfile {
  const tree = new Tree();
  const idle = tree.under(tree.root, { name: '(idle)', file: '', line: 0, column: 0, origin: 'engine' });
  const line = new TimeLine(idle);
  let begin = 0;
  for (const part of parts) {
    const { owners, samples, wall } = part.data;
    const picked = owners.map((owner) => isSelected(owner, wanted));
    const nodeAt = tree.stacksOf(part);
    let at = begin;
    for (let i = 0; i < samples.owner.length; i++) {
      at += samples.at[i]!;
      if (!picked[samples.owner[i]!]) continue;
      const ms = part.weights.cpu[i]! + part.weights.stalled[i]!;
      line.put(nodeAt(samples.stack[i]!), at, ms * 1e3);
    }
    begin = Math.max(begin + wall * 1e3, line.end);
  }
  const endTime = Math.round(begin);
  line.close(endTime);
  const { nodes, idOf } = numbered(tree.root);
  for (const [node, us] of line.own) nodes[idOf.get(node)! - 1]!.hitCount = us;
  return {
    nodes,
    startTime: 0,
    endTime,
    samples: line.nodes.map((node) => idOf.get(node)!),
    timeDeltas: line.deltas,
  };
}

/** Samples one after the other, each as long as it is told, with idle time in between. */
class TimeLine {
  readonly nodes: FlameNode[] = [];
  readonly deltas: number[] = [];
  readonly own = new Map<FlameNode, number>();
  /** Exact; the deltas are whole µs, whose error so never adds up. */
  end = 0;
  private last = 0;
  private lastNode: FlameNode;
  private readonly idle: FlameNode;

  constructor(idle: FlameNode) {
    this.idle = idle;
    this.lastNode = idle;
    this.nodes.push(idle);
    this.deltas.push(0);
  }

  /** From `at` on, or as soon as what came before is over. */
  put(node: FlameNode, at: number, length: number): void {
    if (at > this.end) {
      this.begin(this.idle, this.end);
      this.end = at;
    }
    this.begin(node, this.end);
    this.end += length;
  }

  close(at: number): void {
    this.begin(this.idle, this.end);
    this.count(at);
  }

  private begin(node: FlameNode, at: number): void {
    if (node === this.lastNode) return;
    const moment = Math.round(at);
    this.deltas.push(moment - this.last);
    this.nodes.push(node);
    this.count(moment);
    this.lastNode = node;
  }

  private count(moment: number): void {
    this.own.set(this.lastNode, (this.own.get(this.lastNode) ?? 0) + moment - this.last);
    this.last = moment;
  }
}

function numbered(root: FlameNode): { nodes: CpuProfileNode[]; idOf: Map<FlameNode, number> } {
  const all: FlameNode[] = [root];
  const idOf = new Map<FlameNode, number>();
  for (let i = 0; i < all.length; i++) {
    idOf.set(all[i]!, i + 1);
    for (const child of all[i]!.children) all.push(child);
  }
  const scripts = new Map<string, string>();
  const nodes = all.map((node, i): CpuProfileNode => {
    const { name, file, line, column, children } = node;
    let script = file === '' ? '0' : scripts.get(file);
    if (script === undefined) scripts.set(file, (script = String(scripts.size + 1)));
    return {
      id: i + 1,
      callFrame: {
        functionName: node === root ? '(root)' : name === '(anonymous)' ? '' : name,
        scriptId: script,
        url: urlOf(file),
        lineNumber: line - 1,
        columnNumber: column > 0 ? column - 1 : line === 0 ? -1 : 0,
      },
      hitCount: 0,
      ...(children.length === 0 ? {} : { children: children.map((child) => idOf.get(child)!) }),
    };
  });
  return { nodes, idOf };
}

/** Viewers open files by URL. */
function urlOf(file: string): string {
  if (!/^(?:[\\/]|[A-Za-z]:[\\/])/.test(file)) return file;
  try {
    return pathToFileURL(file).href;
  } catch {
    return file;
  }
}
