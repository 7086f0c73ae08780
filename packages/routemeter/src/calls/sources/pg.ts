import type { Work } from '../../attribution/index.ts';
import type { Call } from '../call.ts';
import { endWithCallback, endWithPromise, type Hooks, type Method } from '../hooks.ts';
import { peerOf } from '../peer.ts';
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
/** On a pool: where it connects to. */
const PEER = Symbol('routemeter.peer');

interface Client {
  [OWNER]?: Work | null;
  host?: unknown;
  port?: unknown;
}

interface Pool {
  [PEER]?: string;
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
 * - ends: the callback or promise; of cursors and query objects when the server is ready for the next.
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

/** What `Pool.query` hands on to the `connect` and the `query` beneath it; a null call is nobody's. */
interface Carried {
  call: Call | null;
}

/** What synchronous code beneath is told. Pools and clients are followed apart, as their files are loaded. */
const current = {
  /** Of the `Pool.query` whose synchronous code runs. */
  toConnect: null as Carried | null,
  /** Of the `Pool.query` that has just been given its client. */
  toQuery: null as Carried | null,
  inPool: 0,
};

class PgFollower {
  private readonly hooks: Hooks;

  constructor(hooks: Hooks) {
    this.hooks = hooks;
  }

  poolQuery(original: Method): Method {
    const follower = this;
    const { calls } = this.hooks;
    return function (this: Pool, ...args) {
      if (!calls.active || typeof args[0] === 'function') return original.apply(this, args);
      const call = follower.begin(calls.owner(), args[0], () => poolPeer(this));
      const former = current.toConnect;
      current.toConnect = { call };
      try {
        return call === null ? original.apply(this, args) : follower.run(call, original, this, args);
      } finally {
        current.toConnect = former;
      }
    };
  }

  poolConnect(original: Method): Method {
    const follower = this;
    const { calls } = this.hooks;
    return function (this: Pool, callback?: Method) {
      const carried = current.toConnect;
      current.toConnect = null;
      if (carried !== null && typeof callback === 'function') {
        return original.call(this, follower.carry(carried, callback));
      }
      const owner = calls.owner();
      if (owner === null)
        return typeof callback === 'function'
          ? original.call(this, given(null, callback))
          : original.call(this);
      const isWaiting = this.idleCount === 0 || this.waitingCount > 0;
      const call = isWaiting ? follower.open(owner, 'CONNECT', 'CONNECT', () => poolPeer(this)) : null;
      if (typeof callback !== 'function') {
        const client = original.call(this, callback);
        return call === null ? client : endWithPromise(call, client);
      }
      const own = given(owner, callback);
      return original.call(this, call === null ? own : endWithCallback(call, own));
    };
  }

  newClient(original: Method): Method {
    return function (...args) {
      current.inPool++;
      try {
        return original.apply(this, args);
      } finally {
        current.inPool--;
      }
    };
  }

  clientConnect(original: Method): Method {
    const follower = this;
    const { calls } = this.hooks;
    return function (this: Client, ...args) {
      const owner = current.inPool > 0 ? null : calls.owner();
      const call = owner === null ? null : follower.open(owner, 'CONNECT', 'CONNECT', () => clientPeer(this));
      return call === null ? original.apply(this, args) : follower.run(call, original, this, args);
    };
  }

  clientQuery(original: Method): Method {
    const follower = this;
    const { calls } = this.hooks;
    return function (this: Client, ...args) {
      const carried = current.toQuery;
      current.toQuery = null;
      if (carried !== null || !calls.active) return original.apply(this, args);
      const owner = this[OWNER] === undefined ? calls.owner() : this[OWNER];
      const call = follower.begin(owner, args[0], () => clientPeer(this));
      if (call === null) return original.apply(this, args);
      if (typeof args[0]?.submit === 'function') {
        follower.hooks.guarded(() => endWithSubmittable(call, args[0]));
        return follower.contained(call, original, this, args);
      }
      return follower.run(call, original, this, args);
    };
  }

  private begin(owner: Work | null, query: unknown, peer: () => string): Call | null {
    if (owner === null) return null;
    return this.hooks.guarded(() => {
      const text = textOf(query);
      if (text === null) return null;
      const { operation, summary } = statements.of(text);
      return this.open(owner, operation, summary, peer);
    });
  }

  private open(owner: Work, operation: string, summary: string, peer: () => string): Call | null {
    const { calls } = this.hooks;
    return this.hooks.guarded(() =>
      calls.open(owner, calls.name('db', 'postgresql', peer(), operation, summary)),
    );
  }

  /** Runs a method with the callback, if one was given, or the promise ending the call. */
  private run(call: Call, original: Method, self: unknown, args: unknown[]): unknown {
    const at = args.findIndex((arg) => typeof arg === 'function');
    const given = args;
    if (at >= 0) {
      given[at] = endWithCallback(call, args[at] as Method);
    } else {
      const config = args[0] as { callback?: unknown } | null | undefined;
      if (typeof config === 'object' && typeof config?.callback === 'function') {
        given[0] = { ...config, callback: endWithCallback(call, config.callback as Method) };
      }
    }
    return endWithPromise(call, this.contained(call, original, self, given));
  }

  private contained(call: Call, original: Method, self: unknown, args: unknown[]): unknown {
    try {
      return original.apply(self, args);
    } catch (error) {
      call.fail(error);
      throw error;
    }
  }

  /** The query of `Pool.query` is the first thing that its callback does. */
  private carry(carried: Carried, callback: Method): Method {
    return function (this: unknown, ...args) {
      if (args[1] !== undefined) carried.call?.pooled();
      current.toQuery = carried;
      try {
        return callback.apply(this, args);
      } finally {
        current.toQuery = null;
      }
    };
  }
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

function textOf(query: unknown): string | null {
  if (typeof query === 'string') return query;
  const { text, cursor } = (query ?? {}) as { text?: unknown; cursor?: { text?: unknown } };
  if (typeof text === 'string') return text;
  return typeof cursor?.text === 'string' ? cursor.text : null;
}

function clientPeer({ host, port }: Client): string {
  return peerOf(host, port, 5432);
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
