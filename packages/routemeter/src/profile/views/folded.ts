import type { FlameNode } from './flame.ts';

/**
 * Folded stacks, a line each: `function (file:line);function (file:line) µs`. Whole µs, as some tools take
 * nothing else.
 */
export function foldedOf(root: FlameNode): string {
  const lines: string[] = [];
  const left: Array<[node: FlameNode, above: string]> = root.children.map((node) => [node, '']);
  while (left.length > 0) {
    const [node, above] = left.pop()!;
    const stack = above === '' ? labelOf(node) : `${above};${labelOf(node)}`;
    const us = Math.round((node.self.cpu + node.self.stalled) * 1e3);
    if (us > 0) lines.push(`${stack} ${us}\n`);
    for (const child of node.children) left.push([child, stack]);
  }
  return lines.sort().join('');
}

function labelOf({ name, file, line }: FlameNode): string {
  const label = file === '' ? name : `${name} (${file.replace(/^.*[\\/]/, '')}:${line})`;
  return label.replace(/[;\r\n]/g, '_');
}
