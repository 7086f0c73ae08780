import { cut, type Labels, labelOf, labelsOf } from '../../prometheus/labels.ts';
import { metricName } from '../../prometheus/names.ts';
import {
  MAX_METRIC_NAME,
  SeriesNames,
  WRITTEN_TYPES,
  type WrittenType,
} from '../../prometheus/series-names.ts';
import type { Cell } from '../../store/memory/cell.ts';
import type { SeriesKey } from '../../store/store.ts';
import { storedAs } from '../histograms/kind.ts';
import { EncodedLabels } from '../labels.ts';
import { Counter } from './counter.ts';
import { Distribution, type Shape } from './distribution.ts';
import { Gauge } from './gauge.ts';
import { Info, LABEL_INFO, METRIC_INFO } from './info.ts';
import { type AllMembers, MemberSet } from './set.ts';
import type { Identity, Unit } from './unit.ts';

/** Units that rest for so long can make room for new ones. */
const IDLE_MS = 60_000;

export interface UnitsOptions {
  /** Of every series, beside `instance`. */
  labels: Labels;
  instance: string;
  /** Units that are held, those included that the store has forgotten. */
  most: number;
  shape: Shape;
}

/** What a series of the store is written as, and what explains it. */
interface Written {
  unit: Unit;
  infos: readonly Unit[];
}

/** `claim` holds the names of its series; infos need none. */
interface Held {
  unit: Unit;
  claim: { name: string; type: WrittenType } | undefined;
}

/**
 * The units, by what they are called on the wire: series that are one there are added up, and one that the
 * store forgot and that comes back goes on where it was.
 *
 * When there are too many, those that rested longest leave. Were one of them to come back under the same
 * labels its values would fall; so from then on new units carry another `instance`.
 */
export class Units {
  readonly #options: UnitsOptions;
  readonly #bySeries = new WeakMap<SeriesKey, Written>();
  readonly #byKey = new Map<string, Held>();
  readonly #members: AllMembers = { bytes: 0, dropped: 0 };
  #names = new SeriesNames([METRIC_INFO, LABEL_INFO]);
  #generation = 0;
  #common: Labels;
  #fullAt = Number.NEGATIVE_INFINITY;
  /** Samples that were not taken: no room for one more series, or no name that is free. */
  readonly dropped = { series: 0, names: 0 };
  /** Units that left to make room. */
  forgotten = 0;

  constructor(options: UnitsOptions) {
    this.#options = options;
    this.#common = new Map([...options.labels, ['instance', options.instance]]);
  }

  get size(): number {
    return this.#byKey.size;
  }

  /** Members of sets that found no room. */
  get droppedMembers(): number {
    return this.#members.dropped;
  }

  *all(): Generator<Unit> {
    for (const { unit } of this.#byKey.values()) yield unit;
  }

  /** The unit of a series that has samples at this time; undefined, and counted, where there can be none. */
  of(series: SeriesKey, cell: Readonly<Cell>, at: number): Unit | undefined {
    let written = this.#bySeries.get(series);
    if (written === undefined || written.unit.isGone || written.infos.some((info) => info.isGone)) {
      written = this.#open(series, cell.count, at);
      if (written === undefined) return undefined;
      this.#bySeries.set(series, written);
    }
    written.unit.lastAt = at;
    for (const info of written.infos) info.lastAt = at;
    return written.unit;
  }

  #open(series: SeriesKey, count: number, at: number): Written | undefined {
    const type = WRITTEN_TYPES[series.type];
    const name = this.#names.claim(metricName(series.name.slice(0, MAX_METRIC_NAME)), type);
    if (name === undefined) {
      this.dropped.names += count;
      return undefined;
    }
    // The labels of a new unit are only known once there is room for it.
    if (!this.#hasRoom(at)) {
      this.dropped.series += count;
      return undefined;
    }
    const labels = labelsOf(series.tags, this.#common);
    const unit = this.#held(`${type} ${name}`, labels, { name, type }, () =>
      this.#create(type, { name, labels: new EncodedLabels(labels) }, series),
    );
    return { unit, infos: this.#infosOf(series, name) };
  }

  #create(type: WrittenType, identity: Identity, series: SeriesKey): Unit {
    switch (type) {
      case 'counter':
        return new Counter(identity);
      case 'gauge':
        return new Gauge(identity);
      case 'set':
        return new MemberSet(identity, this.#members);
      case 'histogram':
        return new Distribution(identity, this.#options.shape, series);
    }
  }

  #held(kind: string, labels: Labels, claim: Held['claim'], create: () => Unit): Unit {
    const key = `${kind} ${JSON.stringify([...labels].sort(([a], [b]) => (a < b ? -1 : 1)))}`;
    const known = this.#byKey.get(key);
    if (known !== undefined) return known.unit;
    const unit = create();
    this.#byKey.set(key, { unit, claim });
    return unit;
  }

  #infosOf({ name, type, tags }: SeriesKey, written: string): Unit[] {
    const common = this.#common;
    const metric = new Map([...common, ['metric', cut(name)], ['name', written], ['type', type]]);
    const { shape } = this.#options;
    const isHistogram = WRITTEN_TYPES[type] === 'histogram';
    const infos = [
      this.#held(METRIC_INFO, metric, undefined, () => {
        const labels = () =>
          isHistogram
            ? new Map([...metric, ['histograms', shape.name === undefined ? '' : storedAs(shape.name)]])
            : metric;
        return new Info(METRIC_INFO, labels);
      }),
    ];
    for (const [key] of tags) {
      const label = labelOf(key);
      if (label === key || label === '') continue;
      const labels = new Map([...common, ['label', label], ['key', cut(key)]]);
      infos.push(this.#held(LABEL_INFO, labels, undefined, () => new Info(LABEL_INFO, () => labels)));
    }
    return infos;
  }

  /** At most once a second, since it looks at all of them. */
  #hasRoom(at: number): boolean {
    if (this.#byKey.size < this.#options.most) return true;
    if (this.#fullAt === at) return false;
    this.#fullAt = at;
    const idle = [...this.#byKey].filter(([, { unit }]) => !unit.isChanged && unit.lastAt < at - IDLE_MS);
    idle.sort(([, a], [, b]) => a.unit.lastAt - b.unit.lastAt);
    // Half at once: the fewer times, the fewer instances.
    for (const [key, { unit }] of idle.slice(0, Math.ceil(idle.length / 2))) {
      unit.isGone = true;
      this.#byKey.delete(key);
      this.forgotten++;
    }
    if (idle.length === 0) return false;
    this.#generation++;
    this.#common = new Map([
      ...this.#options.labels,
      ['instance', `${this.#options.instance}.${this.#generation}`],
    ]);
    this.#names = new SeriesNames([METRIC_INFO, LABEL_INFO]);
    for (const { claim } of this.#byKey.values()) {
      if (claim !== undefined) this.#names.claim(claim.name, claim.type);
    }
    return true;
  }
}
