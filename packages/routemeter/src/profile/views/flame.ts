import type { Frame, Origin, ProfileData } from '../contract.ts';
import { UNSAMPLED } from '../frames.ts';
import { isSelected, type Selection } from './select.ts';
import type { Weights } from './weights.ts';

/** What a function used: in samples, and in ms. */
export interface Used {
  samples: number;
  cpu: number;
  /** Time in which it held the loop without using CPU. */
  stalled: number;
}

/** A function, called by the one above it; its own times include those of what it called. */
export interface FlameNode extends Used {
  name: string;
  file: string;
  line: number;
  column: number;
  origin: Origin;
  /** Without what it called. */
  self: Used;
  /** The largest first. */
  children: FlameNode[];
}

/** A profile of one thread, and what its samples stand for. */
export interface Part {
  data: ProfileData;
  weights: Weights;
}

const ROOT: Frame = { name: '(all)', file: '', line: 0, column: 0, origin: 'engine' };
const nothing = (): Used => ({ samples: 0, cpu: 0, stalled: 0 });

/** Adds stacks of several threads up to one tree. */
export class Tree {
  readonly root = nodeOf(ROOT);
  private readonly children = new Map<FlameNode, Map<string, FlameNode>>();

  /** The node of a function that `parent` called. */
  under(parent: FlameNode, frame: Frame): FlameNode {
    let known = this.children.get(parent);
    if (known === undefined) this.children.set(parent, (known = new Map()));
    const key = `${frame.name}\0${frame.file}\0${frame.line}\0${frame.column}`;
    let node = known.get(key);
    if (node === undefined) {
      known.set(key, (node = nodeOf(frame)));
      parent.children.push(node);
    }
    return node;
  }

  /** The nodes of a thread's stacks; those that no sample of the selection is in are not made. */
  stacksOf({ data }: Part): (stack: number) => FlameNode {
    const { parent, frame } = data.stacks;
    const nodes: Array<FlameNode | undefined> = [this.root];
    return (stack) => {
      const path: number[] = [];
      let at = stack;
      while (nodes[at] === undefined) {
        path.push(at);
        at = parent[at]!;
      }
      let node = nodes[at]!;
      for (const each of path.reverse()) {
        node = this.under(node, data.frames[frame[each]!]!);
        nodes[each] = node;
      }
      return node;
    };
  }

  /** Adds what a selection of a thread's code used. */
  add(part: Part, wanted: Selection): void {
    const { owners, samples } = part.data;
    const { cpu, stalled } = part.weights;
    const picked = owners.map((owner) => isSelected(owner, wanted));
    const nodeAt = this.stacksOf(part);
    for (let i = 0; i < samples.owner.length; i++) {
      if (picked[samples.owner[i]!]) count(nodeAt(samples.stack[i]!).self, 1, cpu[i]!, stalled[i]!);
    }
    for (const [i, owner] of owners.entries()) {
      if (!picked[i] || part.weights.samples[i]! > 0 || owner.cpu + owner.stalled === 0) continue;
      count(this.under(this.root, UNSAMPLED).self, 0, owner.cpu, owner.stalled);
    }
  }

  /** Adds up what functions called; the tree is final. */
  total(): FlameNode {
    const all: FlameNode[] = [this.root];
    for (let i = 0; i < all.length; i++) all.push(...all[i]!.children);
    for (const node of all.reverse()) {
      count(node, node.self.samples, node.self.cpu, node.self.stalled);
      for (const child of node.children) count(node, child.samples, child.cpu, child.stalled);
      node.children.sort((a, b) => b.cpu + b.stalled - a.cpu - a.stalled);
    }
    return this.root;
  }
}

/** The tree of what a selection used. */
export function flameOf(parts: readonly Part[], wanted: Selection): FlameNode {
  const tree = new Tree();
  for (const part of parts) tree.add(part, wanted);
  return tree.total();
}

function nodeOf({ name, file, line, column, origin }: Frame): FlameNode {
  return { name, file, line, column, origin, ...nothing(), self: nothing(), children: [] };
}

function count(to: Used, samples: number, cpu: number, stalled: number): void {
  to.samples += samples;
  to.cpu += cpu;
  to.stalled += stalled;
}
