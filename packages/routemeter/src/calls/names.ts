import { tagText } from '../books/index.ts';
import type { CallKind } from '../config/index.ts';

/** Distinct names of a process; further calls are `other`. */
export const NAMES = 200;
/** Hosts of HTTP among them: addresses that users enter must not drive out the names of databases. */
export const HTTP_PEERS = 100;
export const OTHER = 'other';
/** Steps of the walk that are kept; only a cache. */
const STEPS = 4000;
/** Names unused for this long make room when all places are taken. */
const IDLE_MS = 600_000;
/** How often it is looked for such. */
const SWEEP_MS = 60_000;

const METRICS: Readonly<Record<CallKind, string>> = {
  http: 'http.client.request',
  db: 'db.client.operation',
  messaging: 'messaging.client.operation',
  rpc: 'rpc.client.call',
};

/** What a call is, as a source tells it. Nothing in it may come from parameters, keys, literals or paths. */
export interface CallParts {
  kind: CallKind;
  /** As OpenTelemetry names it: `postgresql`, `redis`, `rabbitmq`, `grpc`; empty for HTTP. */
  system: string;
  /** `host` or `host:port`, the port left out where it is the usual one; empty where there is none. */
  peer: string;
  /** `GET`, `SELECT`, `publish`, or the method of an RPC. */
  operation: string;
  /** Of `db` the summary of a statement (`SELECT users`), of `messaging` the destination, of HTTP the template of the path. */
  detail: string;
}

/** One name of calls: the same object for the same parts, as long as the process makes such calls. */
export class CallName implements CallParts {
  readonly kind: CallKind;
  readonly system: string;
  readonly peer: string;
  readonly operation: string;
  readonly detail: string;
  /** The canonical name of its metric. */
  readonly metric: string;
  /** Its last moment of use, on the engine's clock. */
  touched = 0;
  /** It gave up its place: whoever kept it must ask again. */
  dead = false;
  /** Its host is not told. */
  readonly isOther: boolean;
  /** Its recorder's own. */
  last: object | null = null;

  constructor({ kind, system, peer, operation, detail }: CallParts) {
    this.kind = kind;
    this.system = system;
    this.peer = peer;
    this.operation = operation;
    this.detail = detail;
    this.metric = METRICS[kind];
    this.isOther = peer === OTHER;
  }
}

/**
 * What a source keeps for an operation, beside whatever else it knows of it: the name of its last call, which is
 * nearly always that of its next one, too.
 */
export interface NameKeeper {
  name: CallName | null;
}

class Step {
  name: CallName | null = null;
  private lastKey: string | undefined;
  private last: Step | null = null;
  private readonly steps = new Map<string, Step>();

  next(key: string, grown: () => void): Step {
    if (this.lastKey === key) return this.last!;
    let step = this.steps.get(key);
    if (step === undefined) {
      this.steps.set(key, (step = new Step()));
      grown();
    }
    this.lastKey = key;
    this.last = step;
    return step;
  }
}

/**
 * All names of calls of a process, at most 200 beside `other`. Found by a walk over the parts, which
 * makes no string for a name that is known.
 */
export class Names {
  private root = new Step();
  private steps = 0;
  private readonly known = new Map<string, CallName>();
  private readonly others = new Map<string, CallName>();
  private httpPeers = new Set<string>();
  private sweptAt = Number.NEGATIVE_INFINITY;
  private readonly clock: () => number;

  constructor(clock: () => number) {
    this.clock = clock;
  }

  get size(): number {
    return this.known.size;
  }

  of(kind: CallKind, system: string, peer: string, operation: string, detail = ''): CallName {
    if (this.steps > STEPS) {
      this.root = new Step();
      this.steps = 0;
    }
    const { grown } = this;
    const step = this.root
      .next(kind, grown)
      .next(system, grown)
      .next(peer, grown)
      .next(operation, grown)
      .next(detail, grown);
    if (step.name === null || step.name.dead) {
      const name = this.find({
        kind,
        system: tagText(system),
        peer: tagText(peer),
        operation: tagText(operation),
        detail: tagText(detail),
      });
      // What found no place may find one later.
      if (name.operation === OTHER && name.isOther) return name;
      step.name = name;
    }
    return step.name;
  }

  /** `of`, for an operation and a detail that always have the same keeper: no walk where the peer is the last one. */
  kept(
    keeper: NameKeeper,
    kind: CallKind,
    system: string,
    peer: string,
    operation: string,
    detail = '',
  ): CallName {
    const { name } = keeper;
    if (name !== null && name.peer === peer && !name.dead) return name;
    const found = this.of(kind, system, peer, operation, detail);
    keeper.name = found.isOther ? null : found;
    return found;
  }

  private readonly grown = (): void => {
    this.steps++;
  };

  private find(parts: CallParts): CallName {
    const { kind, system, peer, operation, detail } = parts;
    const key = [kind, system, peer, operation, detail].join('\0');
    const known = this.known.get(key);
    if (known !== undefined) return known;
    if (!this.hasRoom(parts)) return this.other(kind, system);
    const name = new CallName(parts);
    name.touched = this.clock();
    this.known.set(key, name);
    if (kind === 'http') this.httpPeers.add(peer);
    return name;
  }

  private hasRoom({ kind, peer }: CallParts): boolean {
    const fits = () =>
      this.known.size < NAMES &&
      (kind !== 'http' || this.httpPeers.size < HTTP_PEERS || this.httpPeers.has(peer));
    if (fits()) return true;
    const now = this.clock();
    if (now - this.sweptAt < SWEEP_MS) return false;
    this.sweptAt = now;
    this.httpPeers = new Set();
    for (const [key, name] of this.known) {
      if (now - name.touched >= IDLE_MS) {
        name.dead = true;
        this.known.delete(key);
      } else if (name.kind === 'http') {
        this.httpPeers.add(name.peer);
      }
    }
    return fits();
  }

  /** Systems are the sources' own words, so that these are few. */
  private other(kind: CallKind, system: string): CallName {
    const key = `${kind} ${system}`;
    let name = this.others.get(key);
    if (name === undefined) {
      name = new CallName({ kind, system, peer: OTHER, operation: OTHER, detail: '' });
      this.others.set(key, name);
    }
    return name;
  }
}
