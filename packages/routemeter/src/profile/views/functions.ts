import type { FlameNode, Used } from './flame.ts';

/** A function wherever it was called from. */
export interface FunctionRow extends Used, Pick<FlameNode, 'name' | 'file' | 'line' | 'origin'> {
  /** Without what it called. */
  self: Used;
}

/** The functions of a tree, those with the largest time of their own first. One that calls itself counts once. */
export function functionsOf(root: FlameNode): FunctionRow[] {
  const rows = new Map<string, FunctionRow>();
  const open = new Map<string, number>();
  // Without recursion: stacks can be thousands of frames deep.
  const left: Array<[node: FlameNode, isEnd: boolean]> = root.children.map((node) => [node, false]);
  while (left.length > 0) {
    const [node, isEnd] = left.pop()!;
    const { name, file, line, column, origin } = node;
    const key = `${name}\0${file}\0${line}\0${column}`;
    const depth = open.get(key) ?? 0;
    if (isEnd) {
      open.set(key, depth - 1);
      continue;
    }
    let row = rows.get(key);
    if (row === undefined) {
      row = { name, file, line, origin, ...none(), self: none() };
      rows.set(key, row);
    }
    add(row.self, node.self);
    if (depth === 0) add(row, node);
    open.set(key, depth + 1);
    left.push([node, true]);
    for (const child of node.children) left.push([child, false]);
  }
  return [...rows.values()].sort((a, b) => b.self.cpu + b.self.stalled - a.self.cpu - a.self.stalled);
}

const none = (): Used => ({ samples: 0, cpu: 0, stalled: 0 });

function add(to: Used, { samples, cpu, stalled }: Used): void {
  to.samples += samples;
  to.cpu += cpu;
  to.stalled += stalled;
}
