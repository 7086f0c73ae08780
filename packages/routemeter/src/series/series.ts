/** What a sample means to the server. */
export type MetricType = 'count' | 'gauge' | 'set' | 'timing' | 'histogram' | 'distribution';

/**
 * Where a tag comes from: it decides what folds first when the series cap is reached. Tags of the
 * server that took a request are sent only by outputs that tell servers apart. A `detail` goes to
 * outputs that want the breakdown, and folds like a tag of the user's.
 */
export type TagOrigin = 'app' | 'request' | 'server' | 'user' | 'detail';

export interface Tag {
  readonly key: string;
  /** Empty for a tag without a value. */
  readonly value: string;
  readonly origin: TagOrigin;
}

/** The identity of a series under its canonical name: outputs render it their own way. */
export interface SeriesId {
  readonly metric: string;
  readonly type: MetricType;
  readonly tags: readonly Tag[];
  /** The share of samples that are recorded, 1 for all. */
  readonly rate: number;
  /** Routemeter's own milliseconds (five significant digits) and not a value of the application's. */
  readonly own: boolean;
  /** Part of the loop split, which an output sends only when asked for. */
  readonly breakdown: boolean;
  /** Of calls: their kind, which an output sends only when asked for. */
  readonly calls?: string;
  /** Of what the loop made wait, which an output sends only when asked for. */
  readonly delay?: boolean;
}

/** Takes a series whose buffer is full, and empties it. */
export type Drain = (series: Series) => void;

const FIRST = 8;
/** About six UDP payloads: each drain begins a line with its name and tags anew, so rarer is smaller. */
export const BUFFER = 1024;
/** Distinct members of a set within one flush. */
export const MEMBERS = 1024;

/**
 * One series and the samples that wait in it. Recording into it allocates nothing once its
 * buffer has grown (8 to 1024 samples, at most 8 KB).
 */
export class Series {
  readonly id: SeriesId;
  /** Folded from series above the cap. */
  readonly overflow: boolean;
  /** It left the registry: whoever holds it must resolve again. */
  dead = false;
  /** It is neither dead nor folded: whoever holds it need not ask again. */
  plain: boolean;
  /** Raw samples of a timing, histogram or distribution. */
  values = new Float64Array(FIRST);
  length = 0;
  /** Of `values`, whose own length takes longer to read. */
  private room = FIRST;
  /** Samples recorded since the last drain, of types that keep no raw ones. */
  private others = 0;
  /** Sum of a count, last value of a gauge. */
  value = 0;
  members: Set<string> | null = null;
  /** Clock of the last drain that found samples. */
  touched: number;
  /** What each output made of the identity; the outputs' own. */
  readonly rendered: unknown[] = [];
  private readonly drain: Drain;

  constructor(id: SeriesId, overflow: boolean, now: number, drain: Drain) {
    this.id = id;
    this.overflow = overflow;
    this.plain = !overflow;
    this.touched = now;
    this.drain = drain;
  }

  /** Samples recorded since the last drain, of any type. */
  get samples(): number {
    return this.length + this.others;
  }

  /** Adds one raw sample. The caller has checked that it is finite. */
  record(value: number): void {
    if (this.length === this.room) this.makeRoom();
    this.values[this.length++] = value;
  }

  add(value: number): void {
    this.value += value;
    this.others++;
  }

  set(value: number): void {
    this.value = value;
    this.others++;
  }

  /** Adds a member; false when the set is full for this flush. */
  insert(member: string): boolean {
    this.members ??= new Set();
    if (this.members.size >= MEMBERS && !this.members.has(member)) return false;
    this.members.add(member);
    this.others++;
    return true;
  }

  /** Forgets the samples after they were written. */
  clear(): void {
    this.length = 0;
    this.others = 0;
    if (this.id.type === 'count') this.value = 0;
    this.members?.clear();
  }

  /** It has left the registry. */
  leave(): void {
    this.dead = true;
    this.plain = false;
  }

  private makeRoom(): void {
    if (this.room >= BUFFER) {
      this.drain(this);
      return;
    }
    const wider = new Float64Array(this.values.length * 2);
    wider.set(this.values);
    this.values = wider;
    this.room = wider.length;
  }
}
