import { requestTag, type Tag, tagText } from '../books/index.ts';
import { warnOnce } from '../errors/index.ts';
import { now } from '../platform/index.ts';
import { WORK_METRICS, type WorkKind } from './kinds.ts';

/** Distinct names of units of one meter; further ones are `other`. */
export const UNIT_NAMES = 200;
const OTHER = 'other';
/** How the name of a GraphQL operation begins. */
const OPERATION = /^(query|mutation|subscription) /;
/** Names unused for this long make room when all places are taken. */
const IDLE_MS = 600_000;
/** How often it is looked for such. */
const SWEEP_MS = 60_000;

/** What a unit of work is, as a source tells it. Nothing in it may come from what users send. */
export interface UnitParts {
  kind: WorkKind;
  /** Of low cardinality: the name of a job, an event, a procedure, a schedule. */
  name: string;
  /** As OpenTelemetry names it: `bullmq`, `kafka`, `rabbitmq`, `grpc`, `trpc`. Default none. */
  system?: string | undefined;
  /** Queue or topic that a job or message came from. Default the name. */
  destination?: string | undefined;
  /** Its name is found out after its begin: until `WorkUnit.nameBy` tells it, and without that, it is `name`. */
  isNamedLater?: boolean | undefined;
}

/** One name of units: the same object for the same parts, as long as such units come. */
export class UnitName {
  readonly kind: WorkKind;
  /** With the destination before it where that is another: `mails/welcome`. */
  readonly text: string;
  readonly metric: string;
  readonly tags: readonly Tag[];
  /** Kind and name alone, for its blocks and calls: those can have a system and a destination of their own. */
  readonly carried: readonly Tag[];
  /** Its last moment of use, on the clock of its names. */
  touched = 0;
  /** It gave up its place. */
  dead = false;

  /** @internal As they were given. */
  readonly name: string;
  readonly system: string;
  readonly destination: string;

  constructor(kind: WorkKind, name: string, system: string, destination: string) {
    this.kind = kind;
    this.name = name;
    this.system = system;
    this.destination = destination;
    this.text = tagText([destination === name ? '' : destination, name].filter(Boolean).join('/') || OTHER);
    this.metric = WORK_METRICS[kind];
    this.carried = tagsFrom([
      ['work_name', this.text],
      ['work_kind', kind],
    ]);
    this.tags = [...this.carried, ...tagsFrom(protocolTags(this))];
  }
}

/** The names of units of one meter and its children, at most 200 beside `other`. */
export class UnitNames {
  private readonly known = new Map<string, UnitName[]>();
  private readonly others = new Map<string, UnitName>();
  private size = 0;
  private sweptAt = Number.NEGATIVE_INFINITY;

  private readonly overflown: () => void;
  private readonly clock: () => number;

  /**
   * @param overflown called for each unit that found no place.
   * @param clock in ms.
   */
  constructor(overflown: () => void, clock = now) {
    this.overflown = overflown;
    this.clock = clock;
  }

  of(kind: WorkKind, name: string, system: string, destination: string): UnitName {
    const known = this.find(kind, name, system, destination);
    if (known === null) return this.make(kind, name, system, destination);
    known.touched = this.clock();
    return known;
  }

  /** The same where it is known, for who tells by itself that it was used, and when. */
  find(kind: WorkKind, name: string, system: string, destination: string): UnitName | null {
    const found = this.known.get(name);
    if (found === undefined) return null;
    for (const one of found) {
      if (one.kind === kind && one.system === system && one.destination === destination) return one;
    }
    return null;
  }

  private make(kind: WorkKind, name: string, system: string, destination: string): UnitName {
    if (!this.hasRoom()) {
      this.overflown();
      warnOnce(
        'RM_UNIT_CAP',
        'units',
        `more than ${UNIT_NAMES} names of units of work: further ones are "${OTHER}", such as ${kind} "${tagText(name).slice(0, 80)}". Take ids out of the names`,
      );
      return this.other(kind, system);
    }
    const made = new UnitName(kind, name, system, destination);
    made.touched = this.clock();
    const same = this.known.get(name);
    if (same === undefined) this.known.set(name, [made]);
    else same.push(made);
    this.size++;
    return made;
  }

  private hasRoom(): boolean {
    if (this.size < UNIT_NAMES) return true;
    const time = this.clock();
    if (time - this.sweptAt < SWEEP_MS) return false;
    this.sweptAt = time;
    for (const [name, all] of this.known) {
      const live = all.filter((one) => time - one.touched < IDLE_MS);
      for (const one of all) one.dead = !live.includes(one);
      this.size -= all.length - live.length;
      if (live.length > 0) this.known.set(name, live);
      else this.known.delete(name);
    }
    return this.size < UNIT_NAMES;
  }

  /** Systems are the sources' own words; those that applications give share one name beyond as many. */
  private other(kind: WorkKind, system: string): UnitName {
    const known = this.others.get(`${kind} ${system}`);
    if (known !== undefined) return known;
    const told = this.others.size < UNIT_NAMES ? system : '';
    const key = `${kind} ${told}`;
    let name = this.others.get(key);
    if (name === undefined) this.others.set(key, (name = new UnitName(kind, OTHER, told, OTHER)));
    return name;
  }
}

/** In OpenTelemetry's words. */
function protocolTags({ metric, text, system, destination }: UnitName): Array<[key: string, value: string]> {
  if (metric === WORK_METRICS.rpc)
    return [
      ['rpc_method', text],
      ['rpc_system', system],
    ];
  if (metric === WORK_METRICS.work) return [];
  if (metric === WORK_METRICS.graphql) return [['graphql_operation_type', OPERATION.exec(text)?.[1] ?? '']];
  return [
    ['messaging_destination_name', destination],
    ['messaging_system', system],
  ];
}

function tagsFrom(pairs: ReadonlyArray<readonly [key: string, value: string]>): Tag[] {
  return pairs.filter(([, value]) => value !== '').map(([key, value]) => requestTag(key, tagText(value)));
}
