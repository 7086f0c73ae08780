import type { Work } from '../../attribution/index.ts';
import type { Call } from '../call.ts';
import { endWith, endWithCallback, endWithin, endWithPromise, type Hooks, type Method } from '../hooks.ts';
import { type KnownPeer, knownPeer, peerOf } from '../peer.ts';
import type { ModuleSource } from '../source.ts';
import { Statements } from '../statement.ts';

type Class = { readonly prototype: Readonly<Record<string, unknown>> };

interface Parts {
  clients: Class | null;
  pools: Class | null;
}

const statements = new Statements();
/** On a client that a callback was given: whoever asked the pool for it. */
const OWNER = Symbol('routemeter.owner');
/** On a pool and on a client: where it connects to. */
const PEER = Symbol('routemeter.peer');
/** On a pool: whether its clients tell of the queries that its own `query` makes; unknown before the first. */
const TOLD = Symbol('routemeter.told');

interface Client {
  [OWNER]?: Work | null;
  [PEER]?: KnownPeer;
  host?: unknown;
  port?: unknown;
}

interface Pool {
  [PEER]?: string;
  [TOLD]?: boolean;
  idleCount: number;
  waitingCount: number;
  options: { host?: unknown; port?: unknown; connectionString?: unknown };
}

/**
 * pg 8, and pg-pool 3 beneath it.
 *
 * - begins: `Pool.query`, so that its waiting for a connection counts in; `Client.query` for a client that the
 *   application has; `Pool.connect` as `CONNECT` where no idle connection is at hand, and `Client.connect`.
 * - owner: read there. What a pool calls back runs in the context of whoever opened or released the connection.
 * - ends: the callback or promise; of `Pool.query` the callback that it gives its client, so that its promise stays
 *   its own; of cursors and query objects when the server is ready for the next.
 * - not counted: what `Pool.query` does beneath, connections that a pool makes.
 */
export const pg: ModuleSource<Parts> = {
  package: 'pg',
  kind: 'db',
  find(exports) {
    const clients =
      [exports.Client, exports.default].find(isOf('query', 'connect', '_pulseQueryQueue')) ?? null;
    let pools = ([exports.Pool, exports.default].find(isOf('query', 'connect', 'newClient')) ??
      null) as Class | null;
    // pg's own pool is a subclass of pg-pool's, without methods of its own.
    while (pools !== null && !Object.hasOwn(pools.prototype, 'query'))
      pools = Object.getPrototypeOf(pools) as Class;
    return clients === null && pools === null ? null : { clients: clients as Class | null, pools };
  },
  install(hooks, { clients, pools }) {
    const follower = new PgFollower(hooks);
    if (clients !== null) {
      hooks.replace(clients.prototype, 'query', (original) => follower.clientQuery(original));
      hooks.replace(clients.prototype, 'connect', (original) => follower.clientConnect(original));
    }
    if (pools !== null) {
      hooks.replace(pools.prototype, 'query', (original) => follower.poolQuery(original));
      hooks.replace(pools.prototype, 'connect', (original) => follower.poolConnect(original));
      hooks.replace(pools.prototype, 'newClient', (original) => follower.newClient(original));
    }
  },
};

/** What `Pool.query` hands on to the `connect` and the `query` beneath it. */
class Carried {
  /** Null where it is nobody's. */
  readonly call: Call | null;
  /** The call ends with the callback of the query beneath, or where there is no such query. */
  readonly endsBeneath: boolean;
  /** The query beneath was made, and given a callback. */
  isTaken = false;

  constructor(call: Call | null, endsBeneath: boolean) {
    this.call = call;
    this.endsBeneath = endsBeneath;
  }
}

const NOBODYS = new Carried(null, false);

/** What methods of the two packages hand each other; the preload installs each package by itself. */
const handed = {
  /** Of the `Pool.query` whose synchronous code runs. */
  toConnect: null as Carried | null,
  /** Of the `Pool.query` that has just been given its client. */
  toQuery: null as Carried | null,
  /** A pool makes a client. */
  inPool: 0,
};

class PgFollower {
  private readonly hooks: Hooks;

  constructor(hooks: Hooks) {
    this.hooks = hooks;
  }

  poolQuery(original: Method): Method {
    const follower = this;
    const { hooks } = this;
    const { calls } = hooks;
    // Arguments as they came are passed on without making an array.
    return function (this: Pool, query: unknown, values: unknown, callback: unknown) {
      // biome-ignore lint/complexity/noArguments: see above
      if (!calls.active || typeof query === 'function') return original.apply(this, arguments as never);
      const owner = calls.owner();
      const call = owner === null ? null : hooks.guarded(follower.ofPool, owner, query, this);
      const endsBeneath = this[TOLD] === true && !isSubmittable(query);
      const former = handed.toConnect;
      handed.toConnect = call === null ? NOBODYS : new Carried(call, endsBeneath);
      try {
        if (call === null || (endsBeneath && typeof values !== 'function' && typeof callback !== 'function'))
          // biome-ignore lint/complexity/noArguments: see above
          return original.apply(this, arguments as never);
        // biome-ignore lint/complexity/noArguments: see above
        return follower.poolQueryWith(owner!, call, endsBeneath, original, this, Array.from(arguments));
      } catch (error) {
        call?.fail(error);
        throw error;
      } finally {
        handed.toConnect = former;
      }
    };
  }

  /** A query of a pool that was given a callback, or whose promise is what tells its end. */
  private poolQueryWith(
    owner: Work,
    call: Call,
    endsBeneath: boolean,
    original: Method,
    pool: Pool,
    args: unknown[],
  ): unknown {
    if (!endsBeneath) return this.run(owner, call, original, pool, args);
    const at = callbackIn(args);
    if (at >= 0) args[at] = this.hooks.calls.within(owner, args[at] as Method);
    return original.apply(pool, args);
  }

  poolConnect(original: Method): Method {
    const follower = this;
    const { calls } = this.hooks;
    return function (this: Pool, callback?: Method) {
      const carried = handed.toConnect;
      handed.toConnect = null;
      if (carried !== null && typeof callback === 'function') {
        return original.call(this, carry(this, carried, callback));
      }
      const owner = calls.owner();
      if (owner === null)
        return typeof callback === 'function'
          ? original.call(this, given(null, callback))
          : original.call(this);
      const isWaiting = this.idleCount === 0 || this.waitingCount > 0;
      const call = isWaiting ? follower.connection(owner, poolPeer, this) : null;
      if (typeof callback !== 'function') {
        const client = original.call(this, callback);
        return call === null ? client : endWithPromise(call, client);
      }
      const own = calls.within(owner, given(owner, callback));
      return original.call(this, call === null ? own : endWithCallback(call, own));
    };
  }

  newClient(original: Method): Method {
    return function (...args) {
      handed.inPool++;
      try {
        return original.apply(this, args);
      } finally {
        handed.inPool--;
      }
    };
  }

  clientConnect(original: Method): Method {
    const follower = this;
    const { calls } = this.hooks;
    return function (this: Client, ...args) {
      const owner = handed.inPool > 0 ? null : calls.owner();
      const call = owner === null ? null : follower.connection(owner, clientPeer, this);
      return call === null ? original.apply(this, args) : follower.run(owner!, call, original, this, args);
    };
  }

  clientQuery(original: Method): Method {
    const follower = this;
    const { calls } = this.hooks;
    return function (this: Client, query: unknown, values: unknown, callback: unknown) {
      const carried = handed.toQuery;
      handed.toQuery = null;
      // biome-ignore lint/complexity/noArguments: passes them on without making an array, as pg-pool gives them
      if (carried !== null && arguments.length === 3 && typeof callback === 'function')
        return follower.beneath(carried, original, this, query, values, callback as Method);
      // biome-ignore lint/complexity/noArguments: the same
      if (carried !== null || !calls.active) return original.apply(this, arguments as never);
      // biome-ignore lint/complexity/noArguments: they are looked through, and some of them replaced
      const args: unknown[] = Array.from(arguments);
      const owner = this[OWNER] === undefined ? calls.owner() : this[OWNER];
      const call = owner === null ? null : follower.hooks.guarded(follower.ofClient, owner, query, this);
      if (call === null) return original.apply(this, args);
      if (isSubmittable(query)) {
        follower.hooks.guarded(() => endWithSubmittable(call, query));
        return follower.contained(call, original, this, args);
      }
      return follower.run(owner!, call, original, this, args);
    };
  }

  private readonly ofPool = (owner: Work, query: unknown, pool: Pool): Call | null =>
    this.begin(owner, query, poolPeer(pool));

  private readonly ofClient = (owner: Work, query: unknown, client: Client): Call | null =>
    this.begin(owner, query, clientPeer(client));

  private begin(owner: Work, query: unknown, peer: string): Call | null {
    const text = textOf(query);
    if (text === null) return null;
    const { calls } = this.hooks;
    const statement = statements.of(text);
    const { operation, summary } = statement;
    return calls.open(owner, calls.keptName(statement, 'db', 'postgresql', peer, operation, summary));
  }

  private connection<T>(owner: Work, peer: (self: T) => string, self: T): Call | null {
    const { calls } = this.hooks;
    return this.hooks.guarded(() =>
      calls.open(owner, calls.name('db', 'postgresql', peer(self), 'CONNECT', 'CONNECT')),
    );
  }

  /** The query that `Pool.query` makes. */
  private beneath(
    carried: Carried,
    original: Method,
    self: unknown,
    query: unknown,
    values: unknown,
    callback: Method,
  ): unknown {
    const { call, endsBeneath } = carried;
    carried.isTaken = true;
    if (call === null || !endsBeneath) return original.call(self, query, values, callback);
    try {
      return original.call(self, query, values, endWith(call, callback));
    } catch (error) {
      call.fail(error);
      throw error;
    }
  }

  /** Runs a method with the callback, if one was given, or the promise ending the call. */
  private run(owner: Work, call: Call, original: Method, self: unknown, args: unknown[]): unknown {
    const { calls } = this.hooks;
    const at = callbackIn(args);
    if (at >= 0) {
      args[at] = endWithin(calls, owner, call, args[at] as Method);
    } else {
      const config = args[0] as { callback?: unknown } | null | undefined;
      if (typeof config === 'object' && typeof config?.callback === 'function') {
        args[0] = { ...config, callback: endWithin(calls, owner, call, config.callback as Method) };
      }
    }
    return endWithPromise(call, this.contained(call, original, self, args));
  }

  private contained(call: Call, original: Method, self: unknown, args: unknown[]): unknown {
    try {
      return original.apply(self, args);
    } catch (error) {
      call.fail(error);
      throw error;
    }
  }
}

/** The query of `Pool.query` is the first thing that its callback does. */
function carry(pool: Pool, carried: Carried, callback: Method): Method {
  return function (this: unknown, error: unknown, client: unknown) {
    const { call, endsBeneath } = carried;
    const hasClient = client !== undefined && client !== null;
    if (call !== null) {
      if (hasClient) call.pooled();
      else if (endsBeneath) call.fail(error);
    }
    handed.toQuery = carried;
    try {
      // biome-ignore lint/complexity/noArguments: passes on whatever was given, without making an array
      return callback.apply(this, arguments as never);
    } finally {
      handed.toQuery = null;
      if (call !== null && hasClient) {
        if (!endsBeneath) pool[TOLD] ??= carried.isTaken;
        else if (!carried.isTaken) call.cancel();
      }
    }
  };
}

/** A callback that is given a client, which from here on asks for `owner`; null for nobody. */
function given(owner: Work | null, callback: Method): Method {
  return function (this: unknown, ...args) {
    const client = args[1] as Client | undefined;
    if (typeof client === 'object' && client !== null) client[OWNER] = owner;
    return callback.apply(this, args);
  };
}

/** Cursors and query objects: told by the client when they are over. */
function endWithSubmittable(call: Call, query: Record<string, unknown>): void {
  const wrap = (key: string, end: (argument: unknown) => void) => {
    const original = query[key];
    if (typeof original !== 'function') return;
    query[key] = function (this: unknown, ...args: unknown[]) {
      end(args[0]);
      return (original as Method).apply(this, args);
    };
  };
  wrap('handleReadyForQuery', () => call.end());
  wrap('handleError', (error) => call.fail(error));
}

function isSubmittable(query: unknown): query is Record<string, unknown> {
  return (
    typeof query !== 'string' &&
    typeof (query as { submit?: unknown } | null | undefined)?.submit === 'function'
  );
}

/** Where a callback stands among arguments; -1 where none does. */
function callbackIn(args: readonly unknown[]): number {
  for (let at = 0; at < args.length; at++) if (typeof args[at] === 'function') return at;
  return -1;
}

function textOf(query: unknown): string | null {
  if (typeof query === 'string') return query;
  const { text, cursor } = (query ?? {}) as { text?: unknown; cursor?: { text?: unknown } };
  if (typeof text === 'string') return text;
  return typeof cursor?.text === 'string' ? cursor.text : null;
}

function clientPeer(client: Client): string {
  const known = knownPeer(client[PEER], client.host, client.port, 5432);
  client[PEER] = known;
  return known.peer;
}

function poolPeer(pool: Pool): string {
  pool[PEER] ??= peerOfOptions(pool.options);
  return pool[PEER];
}

function peerOfOptions({ host, port, connectionString }: Pool['options']): string {
  if (typeof connectionString === 'string' && URL.canParse(connectionString)) {
    const url = new URL(connectionString);
    return peerOf(
      url.searchParams.get('host') || decodeURIComponent(url.hostname),
      url.searchParams.get('port') || url.port,
      5432,
    );
  }
  return peerOf(host ?? process.env.PGHOST, port ?? process.env.PGPORT, 5432);
}

function isOf(...methods: readonly string[]): (value: unknown) => boolean {
  return (value) =>
    typeof value === 'function' &&
    methods.every(
      (name) => typeof (value.prototype as Record<string, unknown> | undefined)?.[name] === 'function',
    );
}
