import type {
  Flame,
  FlameNode,
  FunctionRow,
  ProfilableThread,
  ProfiledUnit,
  SlowUnits,
  Used,
} from '../api/types.ts';
import { ms, whole } from './formatting.ts';

/** What widths and figures stand for. */
export type Measure = 'time' | 'cpu' | 'stalled' | 'samples';

export const MEASURES: readonly [Measure, string][] = [
  ['time', 'CPU and stalled'],
  ['cpu', 'CPU'],
  ['stalled', 'stalled'],
  ['samples', 'samples'],
];

export function measureOf(text: string): Measure {
  return MEASURES.find(([name]) => name === text)?.[0] ?? 'time';
}

export function measured({ samples, cpu, stalled }: Used, by: Measure): number {
  if (by === 'samples') return samples;
  return by === 'cpu' ? cpu : by === 'stalled' ? stalled : cpu + stalled;
}

/** Below this, shares are worth little: one sample is one percent. */
export const FEW_SAMPLES = 100;

/** How far a share of a unit can be off by chance, as a part of the unit: two deviations of a count. */
export function shareError(part: number, samples: number): number {
  if (samples === 0) return 1;
  return 2 * Math.sqrt(Math.max(part * (1 - part), 1 / samples) / samples);
}

/** What a unit is called on the page. */
export function unitTitle({ kind, name, method }: Pick<ProfiledUnit, 'kind' | 'name' | 'method'>): string {
  if (kind === 'outside') return 'nobody’s';
  if (kind === 'other') return 'other';
  return method === '' ? name : `${method} ${name}`;
}

export function unitHelp({ kind }: Pick<ProfiledUnit, 'kind'>): string | undefined {
  if (kind === 'outside')
    return 'Code that belongs to no request: timers, parsing, what Node does by itself.';
  return kind === 'other' ? 'More names than a profile tells apart.' : undefined;
}

/** What the slowest of a unit used, beside all others of it. */
export function slowSentence(unit: Used, slow: SlowUnits): string {
  const others = Math.max(1, slow.of - slow.count);
  const each = (used: number, count: number) => `~${ms(used / count)}`;
  return (
    `${whole(slow.count)} of ${whole(slow.of)} took longer than ${ms(slow.from)}: each used ` +
    `${each(slow.cpu, slow.count)} of CPU and stalled ${each(slow.stalled, slow.count)}, each of the others ` +
    `${each(unit.cpu - slow.cpu, others)} and ${each(unit.stalled - slow.stalled, others)}.`
  );
}

/** Threads of one program on one host, and how they alone are asked. */
export interface Application {
  threads: ProfilableThread[];
  order: { program: string; host: string };
}

/** By what they are called, in order. */
export function applicationsOf(threads: readonly ProfilableThread[]): Map<string, Application> {
  const found = new Map<string, Application>();
  for (const thread of threads) {
    const { program, host } = thread;
    // Two programs whose files have the same name are told apart by their paths.
    const others = threads.some(
      (one) => one.program !== program && fileName(one.program) === fileName(program),
    );
    const name = `${others ? program : fileName(program)}${host === '' ? '' : ` on ${host}`}`;
    const known = found.get(name);
    if (known === undefined) found.set(name, { threads: [thread], order: { program, host } });
    else known.threads.push(thread);
  }
  return new Map([...found].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The last part of a path. */
export function fileName(file: string): string {
  return file.slice(Math.max(file.lastIndexOf('/'), file.lastIndexOf('\\')) + 1);
}

/** Such as `report.js:41`; empty for what has no file. */
export function placeOf({ file, line }: Pick<FlameNode, 'file' | 'line'>): string {
  return file === '' ? '' : `${file.startsWith('node:') ? file : fileName(file)}:${line}`;
}

const ORIGINS: Record<FlameNode['origin'], string> = {
  app: 'the application',
  dependency: 'a dependency',
  node: 'Node',
  native: 'Node, in C++',
  engine: 'the engine',
  routemeter: 'Routemeter',
};

export function originWords(origin: FlameNode['origin']): string {
  return ORIGINS[origin];
}

export function functionKey({ name, file, line }: Pick<FlameNode, 'name' | 'file' | 'line'>): string {
  return `${name}\0${file}\0${line}`;
}

/** A function in two profiles, as parts of the whole of each. */
export interface ComparedRow extends FunctionRow {
  /** Part of the whole now. */
  part: number;
  /** Part of the whole in the other one; null without one. */
  before: number | null;
}

/** The functions of a profile; with another one, those that changed most first. */
export function comparedRows(now: Flame, before: Flame | null, by: Measure): ComparedRow[] {
  const whole = measured(now, by) || 1;
  const shown = now.functions.map((row) => ({ ...row, part: measured(row.self, by) / whole, before: null }));
  if (before === null) return shown.sort((a, b) => b.part - a.part);
  const other = measured(before, by) || 1;
  const former = new Map(before.functions.map((row) => [functionKey(row), row]));
  const rows: ComparedRow[] = shown.map((row) => {
    const known = former.get(functionKey(row));
    former.delete(functionKey(row));
    return { ...row, before: known === undefined ? 0 : measured(known.self, by) / other };
  });
  for (const row of former.values()) {
    rows.push({ ...row, ...NOTHING, self: NOTHING, part: 0, before: measured(row.self, by) / other });
  }
  const change = ({ part, before: was }: ComparedRow) => Math.abs(part - (was ?? 0));
  return rows.sort((a, b) => change(b) - change(a));
}

/** Whether a function answers to a search: by name or by file. */
export function fits(row: Pick<FlameNode, 'name' | 'file'>, text: string): boolean {
  const wanted = text.trim().toLowerCase();
  return (
    wanted !== '' && (row.name.toLowerCase().includes(wanted) || row.file.toLowerCase().includes(wanted))
  );
}

/**
 * The tree without the way to the application: what stands above the first function of it, as the layers of
 * a framework do, is left out, and the functions that it led to stand side by side. Code under which there is
 * no function of the application stays as it is, and so does every sum.
 */
export function withoutWay(root: FlameNode): FlameNode {
  const found: FlameNode[] = [];
  const rest = root.children.map((child) => pruned(child, found)).filter((child) => child !== null);
  return { ...root, children: merged([...found, ...rest]) };
}

/** A function without those of the application below it, which are handed to `found`; null if nothing is left. */
function pruned(node: FlameNode, found: FlameNode[]): FlameNode | null {
  if (node.origin === 'app') {
    found.push(node);
    return null;
  }
  const children = node.children.map((child) => pruned(child, found)).filter((child) => child !== null);
  const sum = [node.self, ...children].reduce(added, NOTHING);
  return sum.samples === 0 && sum.cpu + sum.stalled < 1e-9 ? null : { ...node, ...sum, children };
}

/** Puts functions that are the same together, the largest first. */
function merged(nodes: readonly FlameNode[]): FlameNode[] {
  const groups = new Map<string, FlameNode[]>();
  for (const node of nodes) {
    const key = functionKey(node);
    groups.set(key, [...(groups.get(key) ?? []), node]);
  }
  return [...groups.values()]
    .map((same) => {
      if (same.length === 1) return same[0]!;
      const children = merged(same.flatMap((node) => node.children));
      return {
        ...same[0]!,
        ...same.reduce(added, NOTHING),
        self: same.map(({ self }) => self).reduce(added),
        children,
      };
    })
    .sort((a, b) => b.cpu + b.stalled - a.cpu - a.stalled);
}

const NOTHING: Used = { samples: 0, cpu: 0, stalled: 0 };

function added(a: Used, b: Used): Used {
  return { samples: a.samples + b.samples, cpu: a.cpu + b.cpu, stalled: a.stalled + b.stalled };
}
