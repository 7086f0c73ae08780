import type { Pause } from '../breathe.ts';
import type { MetricType, Points, Summary, SummaryQuery } from '../store.ts';
import { Cell, GAUGE, SET, SKETCH } from './cell.ts';
import { PROMISED } from './mapping.ts';
import type { Series } from './series.ts';

/** Groups that one series with several values of its tags is shown in. */
const MAX_COMBINATIONS = 64;

type Identity = Pick<Summary, 'name' | 'type' | 'tags'>;

/** Series that an answer shows as one. */
export class Group {
  readonly identity: Identity;
  readonly cell: Cell;

  /** Of gauges: the latest value of each series so far. Stays where the cell is cleared. */
  readonly levels = new Map<Series, { value: number; at: number }>();
  /** Stands for so many groups; 0 where it is one of its own. */
  others = 0;

  constructor(identity: Identity, cell: Cell) {
    this.identity = identity;
    this.cell = cell;
  }

  /** An older value never takes the place of a newer one. */
  setLevel(series: Series, value: number, at: number): void {
    const known = this.levels.get(series);
    if (known === undefined) this.levels.set(series, { value, at });
    else if (at >= known.at) {
      known.value = value;
      known.at = at;
    }
  }

  point(quantiles: readonly number[]): Points['points'][0] {
    const { cell } = this;
    if (cell.shape === GAUGE) return this.#gauge(quantiles);
    if (cell.count === 0) return null;
    const hasRange = cell.shape === SKETCH;
    return {
      count: cell.count,
      sum: cell.shape === SET ? (cell.members?.size ?? 0) : cell.sum,
      min: hasRange ? cell.min : null,
      max: hasRange ? cell.max : null,
      last: null,
      quantiles: quantiles.map((q) => cell.quantile(q)),
      errors: quantiles.map(() => (cell.shape === SKETCH ? PROMISED : null)),
    };
  }

  /** A gauge stands at its value until the next one. */
  #gauge(quantiles: readonly number[]): Points['points'][0] {
    const { cell, levels } = this;
    if (levels.size === 0) return null;
    let { min, max } = cell;
    let sum = 0;
    let latest = { value: 0, at: Number.NEGATIVE_INFINITY };
    for (const level of levels.values()) {
      sum += level.value;
      if (level.at >= latest.at) latest = level;
      if (level.value < min) min = level.value;
      if (level.value > max) max = level.value;
    }
    return {
      count: cell.count,
      sum: cell.sum,
      min,
      max,
      last: sum / levels.size,
      level: { sum, senders: levels.size, latest: latest.value },
      quantiles: quantiles.map(() => null),
      errors: quantiles.map(() => null),
    };
  }
}

/** The series that a query selects, each with the group it belongs to. */
export class Groups {
  list: Group[] = [];
  members: (readonly [Series, Group])[] = [];

  /** Finds them among the candidates. */
  static async of(
    query: Pick<SummaryQuery, 'types' | 'where' | 'by'>,
    candidates: Iterable<Series>,
    pause: Pause,
  ): Promise<Groups> {
    const found = new Groups();
    const where = Object.entries(query.where ?? {});
    const groups = new Map<string, Group>();
    for (const series of candidates) {
      const resting = pause();
      if (resting !== undefined) await resting;
      if (query.types !== undefined && !query.types.includes(series.type)) continue;
      if (!series.matches(where)) continue;
      for (const values of combinations(query.by.map((keys) => valuesOf(series, keys)))) {
        // Lengths keep values from running into each other.
        let text = `${series.shape} ${series.name.length} ${series.name}`;
        for (const value of values) text += ` ${value.length} ${value}`;
        let group = groups.get(text);
        if (group === undefined) {
          group = new Group(identityOf(series.name, series.type, query.by, values), new Cell(series.shape));
          groups.set(text, group);
          found.list.push(group);
        }
        found.members.push([series, group]);
      }
    }
    return found;
  }

  /** Leaves the groups that rank highest, and one for the others of each shape. */
  keep(most: number, rank: (group: Group) => number): void {
    if (this.list.length <= most) return;
    const ranks = new Map(this.list.map((group) => [group, rank(group)]));
    const kept = [...this.list].sort((a, b) => ranks.get(b)! - ranks.get(a)!).slice(0, most);
    const isKept = new Set(kept);
    const others = new Map<string, Group>();
    const gone = new Map<Group, Group>();
    for (const group of this.list) {
      if (isKept.has(group)) continue;
      const { name, type } = group.identity;
      const key = `${group.cell.shape} ${name}`;
      let other = others.get(key);
      if (other === undefined) {
        other = new Group({ name, type, tags: {} }, new Cell(group.cell.shape));
        others.set(key, other);
      }
      other.others++;
      gone.set(group, other);
    }
    this.list = [...kept, ...others.values()];
    // A series with two values of a tag can be in two of the others: there it counts once.
    const seen = new Map([...others.values()].map((other) => [other, new Set<Series>()]));
    this.members = this.members.flatMap(([series, group]) => {
      const other = gone.get(group);
      if (other === undefined) return [[series, group] as const];
      const known = seen.get(other)!;
      if (known.has(series)) return [];
      known.add(series);
      return [[series, other] as const];
    });
  }

  async summaries(quantiles: readonly number[], pause: Pause): Promise<Summary[]> {
    const summaries: Summary[] = [];
    for (const group of this.list) {
      const point = group.point(quantiles);
      if (point !== null) summaries.push({ ...group.identity, ...point });
      const resting = pause();
      if (resting !== undefined) await resting;
    }
    return summaries;
  }
}

/** Of the first key that has any. */
function valuesOf(series: Series, keys: string | readonly string[]): readonly string[] {
  for (const key of typeof keys === 'string' ? [keys] : keys) {
    const values = series.valuesOf(key);
    if (values.length > 1 || values[0] !== '') return values;
  }
  return [''];
}

/** Each choice of one value per key; mostly there is one of each. */
function combinations(lists: readonly (readonly string[])[]): string[][] {
  let all: string[][] = [[]];
  for (const list of lists) {
    const next = all.flatMap((chosen) => list.map((value) => [...chosen, value]));
    all = next.slice(0, MAX_COMBINATIONS);
  }
  return all;
}

function identityOf(name: string, type: MetricType, by: SummaryQuery['by'], values: string[]): Identity {
  // Tag keys come from the wire: without a prototype, `__proto__` is a key like any other.
  const tags: Record<string, string> = Object.create(null);
  for (const [i, keys] of by.entries()) tags[typeof keys === 'string' ? keys : keys[0]!] = values[i]!;
  return { name, type, tags };
}
