import type { Owner, UnitName } from './contract.ts';

/** What was told apart by name, as `nameOf` gave it; another object of the same name costs a string once. */
const NAMES = 8192;

export const OTHER: UnitName = { kind: 'other', name: '', method: '' };

/** Where an owner stands: a unit's name, or a block in another place. */
export interface Place {
  readonly unit: UnitName;
  /** Index of its owner; -1 as long as nothing ran in it. */
  owner: number;
  /** Null for a unit. */
  readonly around: Place | null;
  readonly block: string;
  within: Map<string, Place> | null;
}

/** Owners by their names, each once, found without a string being made. What comes when there is no room is `other`. */
export class Owners {
  readonly all: Array<Owner & { blocks: string[] }> = [];
  /** Of each owner, the one of its unit outside of blocks. */
  readonly units: number[] = [];
  private readonly most: number;
  private readonly byName = new Map<UnitName, Place>();
  private readonly byText = new Map<string, Place>();

  constructor(most: number) {
    this.most = most;
  }

  /** The place of a unit. */
  of(name: UnitName): Place {
    return this.byName.get(name) ?? this.toldApart(name);
  }

  /** The place of a block in another one. */
  within(around: Place, block: string): Place {
    const known = around.within?.get(block);
    if (known !== undefined) return known;
    if (around.unit === OTHER || this.isFull) return this.other;
    const place: Place = { unit: around.unit, owner: -1, around, block, within: null };
    around.within ??= new Map();
    around.within.set(block, place);
    return place;
  }

  /** Index of the owner of a place. */
  index(place: Place): number {
    return place.owner >= 0 ? place.owner : this.entered(place);
  }

  private toldApart(name: UnitName): Place {
    const place = this.byItsText(name);
    if (this.byName.size >= NAMES) this.byName.clear();
    this.byName.set(name, place);
    return place;
  }

  private byItsText(name: UnitName): Place {
    const text = JSON.stringify([name.kind, name.name, name.method]);
    let place = this.byText.get(text);
    if (place === undefined) {
      if (this.isFull && name !== OTHER) return this.other;
      place = { unit: name, owner: -1, around: null, block: '', within: null };
      this.byText.set(text, place);
    }
    return place;
  }

  private entered(place: Place): number {
    if (this.isFull && place.unit !== OTHER) return this.index(this.other);
    const blocks: string[] = [];
    let unit = place;
    for (; unit.around !== null; unit = unit.around) blocks.unshift(unit.block);
    const { kind, name, method } = place.unit;
    place.owner = this.all.push({ kind, name, method, blocks, cpu: 0, stalled: 0 }) - 1;
    this.units[place.owner] = unit === place ? place.owner : this.index(unit);
    return place.owner;
  }

  private get other(): Place {
    return this.of(OTHER);
  }

  /** The last one is kept for `other`. */
  private get isFull(): boolean {
    return this.all.length >= this.most - 1;
  }
}
