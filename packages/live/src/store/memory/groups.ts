import type { Pause } from '../breathe.ts';
import type { MetricType, Points, Summary, SummaryQuery } from '../store.ts';
import { Cell, GAUGE, SET, SKETCH } from './cell.ts';
import { PROMISED } from './mapping.ts';
import type { Series } from './series.ts';

type Identity = Pick<Summary, 'name' | 'type' | 'tags'>;

/** Series that an answer shows as one. */
export class Group {
  readonly identity: Identity;
  readonly cell: Cell;

  constructor(identity: Identity, cell: Cell) {
    this.identity = identity;
    this.cell = cell;
  }

  point(quantiles: readonly number[]): Points['points'][0] {
    const { cell } = this;
    if (cell.count === 0) return null;
    const hasRange = cell.shape === SKETCH || cell.shape === GAUGE;
    return {
      count: cell.count,
      sum: cell.shape === SET ? (cell.members?.size ?? 0) : cell.sum,
      min: hasRange ? cell.min : null,
      max: hasRange ? cell.max : null,
      last: cell.shape === GAUGE ? cell.last : null,
      quantiles: quantiles.map((q) => cell.quantile(q)),
      errors: quantiles.map(() => (cell.shape === SKETCH ? PROMISED : null)),
    };
  }
}

/** The series that a query selects, each with the group it belongs to. */
export class Groups {
  readonly list: Group[] = [];
  readonly members: (readonly [Series, Group])[] = [];

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
      const values = query.by.map((keys) => firstValue(series, keys));
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
    return found;
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

function firstValue(series: Series, keys: string | readonly string[]): string {
  if (typeof keys === 'string') return series.tag(keys);
  for (const key of keys) {
    const value = series.tag(key);
    if (value !== '') return value;
  }
  return '';
}

function identityOf(name: string, type: MetricType, by: SummaryQuery['by'], values: string[]): Identity {
  // Tag keys come from the wire: without a prototype, `__proto__` is a key like any other.
  const tags: Record<string, string> = Object.create(null);
  for (const [i, keys] of by.entries()) tags[typeof keys === 'string' ? keys : keys[0]!] = values[i]!;
  return { name, type, tags };
}
