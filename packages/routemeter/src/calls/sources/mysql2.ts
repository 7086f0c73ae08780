import type { Work } from '../../attribution/index.ts';
import type { Call } from '../call.ts';
import { likeIt } from '../dress.ts';
import { endWithCallback, type Hooks, type Method } from '../hooks.ts';
import { peerOf } from '../peer.ts';
import type { ModuleSource } from '../source.ts';
import { Statements } from '../statement.ts';

type Class = { readonly prototype: object };

interface Parts {
  /** Of mysql2 itself. */
  connections: object | null;
  pools: object | null;
  /** Of mysql2/promise, whose objects lead to those. */
  promised: readonly object[];
}

/** `"..."` is a literal in MySQL. */
const statements = new Statements('literal');
/** On a connection that a pool gave to a callback, once the callback has used it: whoever asked the pool. */
const OWNER = Symbol('routemeter.owner');
/** On a connection: calls without a callback, which it alone tells of when it is lost. */
const OPEN = Symbol('routemeter.open');

interface Config {
  host?: unknown;
  port?: unknown;
  socketPath?: unknown;
  pool?: unknown;
}

interface Connection {
  [OWNER]?: Work | null | undefined;
  [OPEN]?: Set<Call>;
  config?: Config;
  _fatalError?: unknown;
  _protocolError?: unknown;
}

interface Pool {
  config?: { connectionConfig?: Config };
  _freeConnections?: { length: number };
}

interface Command {
  emit: Method;
}

/** What a `Pool.query` hands on to the connection; a null call is nobody's. */
interface Carried {
  call: Call | null;
  owner: Work | null;
}

/**
 * mysql2 2 and 3. Its channels (since 3.20) are left alone: they publish the text with the values put in, and
 * behind a pool in the context of whoever released the connection.
 *
 * - begins: `query` and `execute` of pools, so that the waiting for a connection counts in, and of connections;
 *   `prepare`, and each execution of what it prepared; `ping`; as `CONNECT` a connection that no pool makes, and
 *   `getConnection` where none is idle.
 * - owner: read there; in a callback of ours, that of the call which it ends. What a pool calls back runs in the
 *   context of whoever released the connection.
 * - ends: the callback; without one the command's `end` or `error`, or the loss of its connection.
 * - not counted: what a pool does beneath its `query`, connections that it makes.
 */
export const mysql2: ModuleSource<Parts> = {
  package: 'mysql2',
  kind: 'db',
  find(exports) {
    const candidates = [exports.Connection, exports.Pool, exports.default];
    const connections = ancestor(candidates, 'query', 'execute', 'addCommand');
    const pools = ancestor(candidates, 'query', 'execute', 'getConnection', 'releaseConnection');
    const promised = [
      ancestor([exports.PromiseConnection], 'query', 'execute', 'beginTransaction'),
      ancestor([exports.PromisePool], 'query', 'execute', 'getConnection'),
    ].filter((one) => one !== null);
    return connections === null && pools === null && promised.length === 0
      ? null
      : { connections, pools, promised };
  },
  install(hooks, { connections, pools, promised }) {
    const follower = new Mysql2Follower(hooks);
    follower.connections(connections);
    follower.pools(pools);
    for (const prototype of promised) follower.promised(prototype);
  },
};

/** What synchronous code beneath is told. Pools and connections are followed apart, as their files are loaded. */
const current = {
  /** Of the `Pool.query` whose synchronous code runs. */
  toConnect: null as Carried | null,
  /** Of the `Pool.query` that has just been given its connection. */
  toQuery: null as Carried | null,
  /** While a callback of a call runs: whose call it was. */
  inside: null as { owner: Work | null } | null,
};
/** Callbacks that are wrapped: a pool that lost a connection asks itself for another with them. */
const wrappedCallbacks = new WeakSet<Method>();

class Mysql2Follower {
  private readonly hooks: Hooks;

  constructor(hooks: Hooks) {
    this.hooks = hooks;
  }

  connections(prototype: object | null): void {
    const { hooks } = this;
    for (const method of ['query', 'execute']) {
      hooks.replace(prototype, method, (original) => this.connectionQuery(original));
    }
    hooks.replace(prototype, 'ping', (original) => this.command('PING', original));
    hooks.replace(prototype, 'prepare', (original) => this.command('PREPARE', original));
    hooks.replace(prototype, 'addCommand', (original) => this.handshake(original));
    hooks.replace(prototype, '_notifyError', (original) => this.lost(original));
  }

  pools(prototype: object | null): void {
    const { hooks } = this;
    for (const method of ['query', 'execute']) {
      hooks.replace(prototype, method, (original) => this.poolQuery(original));
    }
    hooks.replace(prototype, 'getConnection', (original) => this.getConnection(original));
  }

  /** The classes of mysql2 are not to be had of mysql2/promise: its objects show them at their first use. */
  promised(prototype: object): void {
    const follower = this;
    const methods = ['query', 'execute', 'getConnection', 'prepare', 'ping', 'beginTransaction'];
    for (const method of methods) {
      this.hooks.replace(
        prototype,
        method,
        (original) =>
          function (this: { connection?: object; pool?: object }, ...args) {
            follower.hooks.guarded(() => {
              follower.connections(ancestorOf(this.connection, 'addCommand'));
              follower.pools(ancestorOf(this.pool, 'releaseConnection'));
            });
            return original.apply(this, args);
          },
      );
    }
  }

  private poolQuery(original: Method): Method {
    const follower = this;
    const { calls } = this.hooks;
    return function (this: Pool, ...args) {
      if (!calls.active) return original.apply(this, args);
      const owner = follower.owner();
      const call = follower.begin(owner, args[0], this.config?.connectionConfig);
      const former = current.toConnect;
      current.toConnect = { call, owner };
      try {
        return follower.run(call, owner, null, original, this, args);
      } finally {
        current.toConnect = former;
      }
    };
  }

  private getConnection(original: Method): Method {
    const follower = this;
    const { calls } = this.hooks;
    return function (this: Pool, callback: Method, ...more) {
      const carried = current.toConnect;
      current.toConnect = null;
      if (!calls.active || typeof callback !== 'function' || wrappedCallbacks.has(callback))
        return original.call(this, callback, ...more);
      if (carried !== null) return original.call(this, follower.carry(carried, callback), ...more);
      const owner = follower.owner();
      const waits = owner !== null && !((this._freeConnections?.length ?? 0) > 0);
      const call = waits ? follower.open(owner, 'CONNECT', 'CONNECT', this.config?.connectionConfig) : null;
      const given = follower.within(owner, call === null ? callback : endWithCallback(call, callback), true);
      return original.call(this, given, ...more);
    };
  }

  private connectionQuery(original: Method): Method {
    const follower = this;
    const { calls } = this.hooks;
    return function (this: Connection, ...args) {
      const carried = current.toQuery;
      current.toQuery = null;
      if (!calls.active || carried !== null) return original.apply(this, args);
      const owner = follower.owner(this);
      const call = follower.begin(owner, args[0], this.config);
      return follower.run(call, owner, this, original, this, args);
    };
  }

  /** `ping`, and `prepare`, whose callback is given a statement. */
  private command(operation: string, original: Method): Method {
    const follower = this;
    const { calls } = this.hooks;
    return function (this: Connection, ...args) {
      const at = args.findIndex((arg) => typeof arg === 'function');
      if (!calls.active || at < 0) return original.apply(this, args);
      const owner = follower.owner(this);
      const call = follower.open(owner, operation, operation, this.config);
      if (operation === 'PREPARE') args[at] = follower.prepared(args[at] as Method);
      return follower.run(call, owner, this, original, this, args);
    };
  }

  /** A callback that is given a prepared statement, each execution of which is a call. */
  private prepared(callback: Method): Method {
    const follower = this;
    return likeIt(callback, function (this: unknown, ...args) {
      follower.hooks.guarded(() => {
        const statement = args[1] as object | null | undefined;
        follower.hooks.replace(
          ancestorOf(statement, 'execute'),
          'execute',
          (original) =>
            function (this: { query?: unknown; connection?: Connection }, ...more) {
              if (!follower.hooks.calls.active) return original.apply(this, more);
              const owner = follower.owner(this.connection);
              const call = follower.begin(owner, this.query, this.connection?.config);
              return follower.run(call, owner, this.connection ?? null, original, this, more);
            },
        );
      });
      return callback.apply(this, args);
    });
  }

  /** A connection begins with the command of its handshake. */
  private handshake(original: Method): Method {
    const follower = this;
    return function (this: Connection, ...args) {
      const command = args[0] as (Command & { constructor: { name: string } }) | undefined;
      if (
        follower.hooks.calls.active &&
        command?.constructor?.name === 'ClientHandshake' &&
        this.config?.pool === undefined
      ) {
        const call = follower.open(follower.owner(), 'CONNECT', 'CONNECT', this.config);
        if (call !== null) follower.hooks.guarded(() => follower.watch(call, null, command, this));
      }
      return original.apply(this, args);
    };
  }

  /** What has no callback, and would not be told. */
  private lost(original: Method): Method {
    return function (this: Connection, ...args) {
      for (const call of this[OPEN] ?? []) call.fail(args[0]);
      this[OPEN]?.clear();
      return original.apply(this, args);
    };
  }

  private owner(connection?: Connection): Work | null {
    if (current.inside !== null) {
      const { owner } = current.inside;
      if (connection !== undefined && OWNER in connection) connection[OWNER] = owner;
      return owner;
    }
    const caller = this.hooks.calls.owner();
    const given = connection?.[OWNER];
    // What it calls back goes on in another's context.
    return given === undefined || given?.root === caller?.root ? caller : given;
  }

  private begin(owner: Work | null, sql: unknown, config: Config | undefined): Call | null {
    const text = textOf(sql);
    if (owner === null || text === null) return null;
    return this.hooks.guarded(() => {
      const { calls } = this.hooks;
      const statement = statements.of(text);
      const { operation, summary } = statement;
      const peer = peerOfConfig(config);
      return calls.open(owner, calls.keptName(statement, 'db', 'mysql', peer, operation, summary));
    });
  }

  private open(
    owner: Work | null,
    operation: string,
    summary: string,
    config: Config | undefined,
  ): Call | null {
    const { calls } = this.hooks;
    if (owner === null) return null;
    return this.hooks.guarded(() =>
      calls.open(owner, calls.name('db', 'mysql', peerOfConfig(config), operation, summary)),
    );
  }

  /** Runs a method with its callback, or the command that it returns, ending the call. */
  private run(
    call: Call | null,
    owner: Work | null,
    connection: Connection | null,
    original: Method,
    self: unknown,
    args: unknown[],
  ): unknown {
    const hasCallback = this.takeCallback(call, owner, args);
    try {
      const command = original.apply(self, args);
      if (!hasCallback && call !== null) {
        this.hooks.guarded(() => this.watch(call, owner, command as Command | undefined, connection));
      }
      return command;
    } catch (error) {
      call?.fail(error);
      throw error;
    }
  }

  private takeCallback(call: Call | null, owner: Work | null, args: unknown[]): boolean {
    const ended = (callback: Method) =>
      this.within(owner, call === null ? callback : endWithCallback(call, callback), false);
    const at = args.findIndex((arg) => typeof arg === 'function');
    if (at >= 0) {
      args[at] = ended(args[at] as Method);
      return true;
    }
    // A query that was made before.
    const made = args[0] as { onResult?: unknown } | null;
    if (typeof made !== 'object' || typeof made?.onResult !== 'function') return false;
    made.onResult = ended(made.onResult as Method);
    return true;
  }

  /** A command without a callback: told by its events, to which no listener is added. */
  private watch(
    call: Call,
    owner: Work | null,
    command: Command | undefined,
    connection: Connection | null,
  ): void {
    const lost = connection?._fatalError;
    if (typeof command?.emit !== 'function' || lost) {
      if (lost) call.fail(lost);
      else call.cancel();
      return;
    }
    if (connection !== null) {
      connection[OPEN] ??= new Set();
      connection[OPEN].add(call);
    }
    const follower = this;
    const { emit } = command;
    const over = (event: unknown, error: unknown): void => {
      if (event === 'error') call.fail(error);
      else if (event !== 'end') return;
      const broken = connection?._fatalError ?? connection?._protocolError;
      if (broken) call.fail(broken);
      else call.end();
      connection?.[OPEN]?.delete(call);
    };
    const within = (owner === null ? emit : this.within(owner, emit, false)) as Method;
    Object.defineProperty(command, 'emit', {
      configurable: true,
      writable: true,
      value(this: unknown, ...args: unknown[]) {
        follower.hooks.guarded(() => over(args[0], args[1]));
        return within.apply(this, args);
      },
    });
  }

  /** A callback within which `owner` makes the calls. */
  private within(owner: Work | null, callback: Method, isGivenConnection: boolean): Method {
    const { calls } = this.hooks;
    const own = owner === null ? callback : calls.within(owner, callback);
    const wrapped = likeIt(callback, function (this: unknown, ...args) {
      const former = current.inside;
      current.inside = { owner };
      const given = isGivenConnection ? (args[1] as Connection | null | undefined) : undefined;
      if (typeof given === 'object' && given !== null) given[OWNER] = undefined;
      try {
        return own.apply(this, args) as unknown;
      } finally {
        current.inside = former;
      }
    });
    wrappedCallbacks.add(wrapped);
    return wrapped;
  }

  /** The query of a pool is the first thing that its callback does. */
  private carry(carried: Carried, callback: Method): Method {
    const wrapped = likeIt(callback, function (this: unknown, ...args) {
      const former = current.inside;
      current.inside = { owner: carried.owner };
      // Without a connection the callback is handed the error, and may ask for something else.
      if (args[1] !== undefined) {
        carried.call?.pooled();
        current.toQuery = carried;
      }
      try {
        return callback.apply(this, args);
      } finally {
        current.toQuery = null;
        current.inside = former;
      }
    });
    wrappedCallbacks.add(wrapped);
    return wrapped;
  }
}

function textOf(sql: unknown): string | null {
  if (typeof sql === 'string') return sql;
  const { sql: text } = (sql ?? {}) as { sql?: unknown };
  return typeof text === 'string' ? text : null;
}

function peerOfConfig({ host, port, socketPath }: Config = {}): string {
  return typeof socketPath === 'string' && socketPath !== '' ? 'unix' : peerOf(host, port, 3306);
}

/** The prototype in the ancestry of the first class that has these methods: connections of pools are subclasses. */
function ancestor(candidates: readonly unknown[], ...methods: readonly string[]): object | null {
  for (const candidate of candidates) {
    const { prototype } = (typeof candidate === 'function' ? candidate : {}) as Partial<Class>;
    if (prototype !== undefined && methods.every((method) => method in prototype))
      return ancestorOf(prototype, methods.at(-1)!);
  }
  return null;
}

function ancestorOf(object: object | null | undefined, method: string): object | null {
  for (let at = object ?? null; at !== null; at = Object.getPrototypeOf(at) as object | null) {
    const own = Object.getOwnPropertyDescriptor(at, method);
    // A connection that is lost has methods of its own.
    if (own !== undefined && Object.hasOwn(at, 'constructor')) return at;
  }
  return null;
}
