import type { FlameNode } from '../api/types.ts';
import { ms, percent, whole } from '../model/formatting.ts';
import { type Measure, measured, originWords, placeOf, shareError } from '../model/profile.ts';

/** A frame as it is handed to the library that lays it out. */
export interface FlameFrame {
  name: string;
  value: number;
  children: FlameFrame[];
  node: FlameNode;
}

/** Frames of what is measured; those without any of it are left out. */
export function framesOf(node: FlameNode, by: Measure): FlameFrame {
  const children = node.children.map((child) => framesOf(child, by)).filter(({ value }) => value > 0);
  const place = placeOf(node);
  const name = place === '' ? node.name : `${node.name}  ${place}`;
  return { name, value: measured(node, by), children, node };
}

/** What a frame says on hover and on focus. */
export function frameLines({ node }: FlameFrame, root: FlameFrame, by: Measure): string {
  const { self } = node;
  const part = root.value > 0 ? measured(node, by) / root.value : 0;
  const within = shareError(part, root.node.samples);
  const lines = [
    node.name,
    node.file === '' ? originWords(node.origin) : `${node.file}:${node.line}`,
    `of all\t~${percent(part)} %\t±\u202f${percent(within)}\u202f%`,
    `part:cpu CPU\t${ms(node.cpu)}\tself ${ms(self.cpu)}`,
    `part:stalled stalled\t${ms(node.stalled)}\tself ${ms(self.stalled)}`,
    `samples\t${whole(node.samples)}\tself ${whole(self.samples)}`,
  ];
  return lines.join('\n');
}

/** The same in a breath, for who hears it. */
export function frameLabel({ node }: FlameFrame, root: FlameFrame, by: Measure): string {
  const part = root.value > 0 ? measured(node, by) / root.value : 0;
  const place = placeOf(node);
  return `${node.name}${place === '' ? '' : `, ${place}`}: ${percent(part)} %, ${ms(node.cpu)} of CPU, ${ms(node.stalled)} stalled`;
}

/** Hatched where most of it is a stall, so that it is told without a colour. */
export function frameFill({ node }: FlameFrame): string {
  return node.stalled > node.cpu ? `url(#flame-stalled-${node.origin})` : `var(--flame-${node.origin})`;
}
