import type { FlameNode, RouteProfile, Selection, Used } from 'routemeter/profile';

/** A function that used less than this part of what is shown is left out of the tree; its caller has its time. */
const LEAST = 0.0005;
const FUNCTIONS = 200;
const HOLDS = 20;

/** What a view of a profile shows: who called whom, and the functions by themselves. */
export function flameTold(profile: RouteProfile, wanted: Selection) {
  const tree = profile.flame(wanted);
  const { samples, cpu, stalled } = tree;
  return {
    samples,
    cpu,
    stalled,
    tree: trimmed(tree, (cpu + stalled) * LEAST),
    functions: profile
      .functions(wanted)
      .slice(0, FUNCTIONS)
      .map((row) => ({ ...row, ...figures(row), self: figures(row.self) })),
    holds: profile.holds(wanted).slice(0, HOLDS),
  };
}

function trimmed(node: FlameNode, least: number): FlameNode {
  const children = node.children
    .filter(({ cpu, stalled }) => cpu + stalled >= least)
    .map((child) => trimmed(child, least));
  return { ...node, ...figures(node), self: figures(node.self), children };
}

/** No more digits than a sample is worth. */
function figures({ samples, cpu, stalled }: Used): Used {
  return { samples, cpu: Number(cpu.toFixed(3)), stalled: Number(stalled.toFixed(3)) };
}
