import { AsyncLocalStorage } from 'node:async_hooks';
import { type Engine, engine, shared, type Work } from '../attribution/index.ts';
import { CALL_KINDS, type CallKind } from '../config/index.ts';
import { textOf, warnOnce } from '../errors/index.ts';
import type { Meter } from '../meter/index.ts';
import { createPathTemplate } from '../request/path-template.ts';
import { blockName, rootOf } from '../unit/index.ts';
import type { Call } from './call.ts';
import { likeIt, type Method } from './dress.ts';
import { type CallName, type NameKeeper, Names, OTHER } from './names.ts';
import { OrdinaryHosts } from './ordinary-hosts.ts';
import { UnitCalls } from './unit.ts';

/**
 * Follows the calls that units of work make. One per process; what sources tell it, it never throws back.
 *
 * @example
 * const owner = calls.owner() // at the earliest moment, in the caller's context
 * if (owner !== null) {
 *   const call = calls.open(owner, calls.name('db', 'redis', 'cache:6380', 'GET'))
 *   reply.then(() => call?.end(), (error) => call?.fail(error))
 * }
 */
export class Calls {
  /** Some meter sends calls. */
  active = false;
  readonly names: Names;
  private readonly hosts = new OrdinaryHosts();
  private readonly engine: Engine;
  private readonly followers = new Set<Meter>();
  private readonly kinds = new Set<string>();
  private takesAll = false;
  private withPaths = false;
  private readonly template = createPathTemplate();
  /** The last name of an HTTP call. */
  private lastHttp: CallName | null = null;
  /** Made when it is first needed. */
  private quiet: AsyncLocalStorage<true> | null = null;

  constructor(engine: Engine) {
    this.engine = engine;
    this.names = new Names(() => engine.now());
  }

  /** From here on calls are followed, until the meter is closed. Returns false for a meter that sends none. */
  follow(meter: Meter): boolean {
    if (!meter.core.followsCalls) return false;
    if (this.followers.has(meter)) return true;
    this.followers.add(meter);
    this.count();
    meter.core.whenClosed.push(() => {
      this.followers.delete(meter);
      this.count();
    });
    return true;
  }

  /** The work that a call of the calling code belongs to; null where it is nobody's, or not followed. */
  owner(): Work | null {
    if (!this.active || this.quiet?.getStore() === true) return null;
    return this.engine.current();
  }

  /** A name of calls; see `CallParts`. */
  name(kind: CallKind, system: string, peer: string, operation: string, detail = ''): CallName {
    return this.names.of(kind, system, peer, operation, detail);
  }

  /** `name`, for an operation and a detail that the source keeps something for; see `NameKeeper`. */
  keptName(
    keeper: NameKeeper,
    kind: CallKind,
    system: string,
    peer: string,
    operation: string,
    detail = '',
  ): CallName {
    return this.names.kept(keeper, kind, system, peer, operation, detail);
  }

  /** The name of an HTTP call: its host reads `other` until that is known to be an ordinary upstream. */
  http(owner: Work, peer: string, method: string, path: unknown): CallName {
    const told = this.hosts.isSure(peer) || this.hosts.calls(peer, placeOf, owner) ? peer : OTHER;
    const template = this.withPaths ? this.pathOf(path) : '';
    const last = this.lastHttp;
    if (
      last !== null &&
      last.peer === told &&
      last.operation === method &&
      last.detail === template &&
      !last.dead
    )
      return last;
    const name = this.names.of('http', '', told, method, template);
    // One that found no place may find one later.
    this.lastHttp = name.isOther ? null : name;
    return name;
  }

  private pathOf(path: unknown): string {
    return typeof path === 'string' ? this.template(path) : '';
  }

  /** A call of `owner` begins; null where it is not followed. */
  open(owner: Work, name: CallName): Call | null {
    if (!this.takesAll && !this.kinds.has(name.kind)) return null;
    try {
      const unit = rootOf(owner);
      let calls = unit.waits as UnitCalls | null;
      if (calls === null) {
        calls = new UnitCalls(unit, this.engine);
        unit.waits = calls;
        // Final already: outside a request, and after its end.
        if (unit.account !== null) calls.named();
      }
      return calls.begin(name, blockName(owner));
    } catch (error) {
      warnOnce('RM_INTERNAL', 'calls', `following a call failed and was contained: ${textOf(error)}`);
      return null;
    }
  }

  /**
   * Runs a function in whose context nobody owns calls: what a library does beneath a call that is
   * counted already, synchronously or later.
   */
  quietly<R>(fn: () => R): R {
    this.quiet ??= new AsyncLocalStorage();
    return this.quiet.run(true, fn);
  }

  /**
   * A callback of the application's that runs as part of `owner`, wherever the library calls it from. It looks like
   * the original. Other contexts than ours stay as they are.
   */
  within<F extends Method>(owner: Work, callback: F): F {
    const { engine } = this;
    return likeIt(callback, function (this: unknown, ...args) {
      return engine.run(owner, apply, callback, this, args, undefined);
    });
  }

  private count(): void {
    this.kinds.clear();
    for (const meter of this.followers) for (const kind of meter.core.callKinds) this.kinds.add(kind);
    this.takesAll = CALL_KINDS.every((kind) => this.kinds.has(kind));
    this.active = this.followers.size > 0;
    this.withPaths = [...this.followers].some((meter) => meter.core.config.upstreamPaths);
  }
}

function apply(this: Method, self: unknown, args: unknown[]): unknown {
  return this.apply(self, args);
}

/** Where in the application a call is made: the route, as far as it is known, and the block. */
function placeOf(owner: Work): string {
  const { route } = rootOf(owner) as { route?: string };
  return `${route ?? ''} ${blockName(owner)}`;
}

let own: Calls | undefined;

/** The calls of this process, whichever copy of the library asks. */
export function calls(): Calls {
  own ??= shared('calls', () => new Calls(engine()));
  return own;
}
