import type { Owner, Pace, ProfileData, UnitName } from './contract.ts';
import { type CpuProfile, cpuprofileOf } from './views/cpuprofile.ts';
import { type FlameNode, flameOf, type Part } from './views/flame.ts';
import { foldedOf } from './views/folded.ts';
import { type FunctionRow, functionsOf } from './views/functions.ts';
import { type Hold, holdsOf } from './views/holds.ts';
import { isSelected, type Selection, unitKey } from './views/select.ts';
import { weightsOf } from './views/weights.ts';

/** What a unit of work, or a block in one, used while it was sampled; times in ms. */
export interface ProfiledBlock {
  name: string;
  samples: number;
  cpu: number;
  stalled: number;
}

/** The units of a name that took longer than 95 % of them; times in ms. */
export interface SlowUnits {
  /** How many, and of how many. */
  count: number;
  of: number;
  /** The wall time that they took at least. */
  from: number;
  samples: number;
  cpu: number;
  stalled: number;
}

export interface ProfiledUnit extends UnitName {
  samples: number;
  cpu: number;
  stalled: number;
  /** Null where fewer than 20 ended while they were sampled, or none of them was slower than the rest. */
  slow: SlowUnits | null;
  /** Inner blocks count in outer ones too. */
  blocks: ProfiledBlock[];
}

/**
 * What every route's code did while it was sampled, apart from all others'.
 *
 * @example
 * const profile = await meter.profile({ seconds: 10 })
 * for (const { method, name, cpu } of profile.units) console.log(method, name, cpu)
 * writeFileSync('reports.cpuprofile', JSON.stringify(profile.cpuprofile({ route: '/reports' })))
 */
export class RouteProfile {
  /** One for each thread that was sampled, as JSON; `openProfile` takes it. */
  readonly data: readonly ProfileData[];
  private readonly parts: readonly Part[];

  /** @internal */
  constructor(data: readonly ProfileData[]) {
    this.data = data;
    this.parts = data.map((each) => ({ data: each, weights: weightsOf(each) }));
  }

  /** All units of work that used anything, the costliest first; `outside` is what belongs to nobody. */
  get units(): ProfiledUnit[] {
    const units = new Map<string, ProfiledUnit>();
    const blocks = new Map<ProfiledUnit, Map<string, ProfiledBlock>>();
    for (const { data, weights } of this.parts) {
      for (const [i, owner] of data.owners.entries()) {
        const samples = weights.samples[i]!;
        if (samples === 0 && owner.cpu + owner.stalled === 0) continue;
        const unit = unitIn(units, owner);
        add(unit, samples, owner);
        for (const name of new Set(owner.blocks)) add(blockIn(blocks, unit, name), samples, owner);
      }
      for (const pace of data.paces ?? []) {
        const unit = units.get(unitKey(pace));
        if (unit !== undefined) unit.slow = slower(unit.slow, pace);
      }
      for (const [i, owner] of data.owners.entries()) {
        const slow = owner.slow === true ? units.get(unitKey(owner))?.slow : null;
        if (slow) add(slow, weights.samples[i]!, owner);
      }
    }
    for (const unit of units.values()) unit.blocks.sort(costliest);
    return [...units.values()].sort(costliest);
  }

  /** The functions of a selection as a tree: who called whom, and what it cost. */
  flame(wanted: Selection = {}): FlameNode {
    return flameOf(this.parts, wanted);
  }

  /** The functions of a selection wherever they were called from. */
  functions(wanted: Selection = {}): FunctionRow[] {
    return functionsOf(this.flame(wanted));
  }

  /** Calls that held the loop without using CPU. */
  holds(wanted: Selection = {}): Hold[] {
    return holdsOf(this.parts, wanted);
  }

  /** The same for Chrome DevTools, speedscope and editors. */
  cpuprofile(wanted: Selection = {}): CpuProfile {
    return cpuprofileOf(this.parts, wanted);
  }

  /** Folded stacks, a line each, for tools that draw flame graphs of them; in whole µs. */
  folded(wanted: Selection = {}): string {
    return foldedOf(this.flame(wanted));
  }

  /** Whether anything of a selection ran. */
  has(wanted: Selection): boolean {
    return this.data.some(({ owners }) => owners.some((owner) => isSelected(owner, wanted)));
  }
}

/** Opens profiles that were kept as JSON; several threads' are shown as one. */
export function openProfile(data: readonly ProfileData[]): RouteProfile {
  return new RouteProfile(data);
}

const costliest = (a: Used, b: Used): number => b.cpu + b.stalled - a.cpu - a.stalled;

interface Used {
  samples: number;
  cpu: number;
  stalled: number;
}

function add(to: Used, samples: number, { cpu, stalled }: Owner): void {
  to.samples += samples;
  to.cpu += cpu;
  to.stalled += stalled;
}

function unitIn(units: Map<string, ProfiledUnit>, { kind, name, method }: Owner): ProfiledUnit {
  const key = unitKey({ kind, name, method });
  let unit = units.get(key);
  if (unit === undefined) {
    units.set(key, (unit = { kind, name, method, samples: 0, cpu: 0, stalled: 0, slow: null, blocks: [] }));
  }
  return unit;
}

/** Of several threads each has a limit of its own. */
function slower(known: SlowUnits | null, { from, units, slow }: Pace): SlowUnits {
  if (known === null) return { count: slow, of: units, from, samples: 0, cpu: 0, stalled: 0 };
  return {
    ...known,
    count: known.count + slow,
    of: known.of + units,
    from: Math.min(known.from, from),
  };
}

function blockIn(
  blocks: Map<ProfiledUnit, Map<string, ProfiledBlock>>,
  unit: ProfiledUnit,
  name: string,
): ProfiledBlock {
  let named = blocks.get(unit);
  if (named === undefined) blocks.set(unit, (named = new Map()));
  let block = named.get(name);
  if (block === undefined) {
    named.set(name, (block = { name, samples: 0, cpu: 0, stalled: 0 }));
    unit.blocks.push(block);
  }
  return block;
}
