import type { Work } from '../../attribution/index.ts';
import type { Call } from '../call.ts';
import { endWithPromise, type Hooks, type Method } from '../hooks.ts';
import { peerOf } from '../peer.ts';
import type { ModuleSource } from '../source.ts';

interface Client {
  topology?: object;
}

/** One of what a client talks to. */
interface Server {
  description?: { hostAddress?: { host?: unknown; port?: unknown; socketPath?: unknown } };
  pool?: object;
}

interface Topology {
  description?: { hasDataBearingServers?: unknown };
  s?: { seedlist?: ReadonlyArray<{ host?: unknown; port?: unknown; socketPath?: unknown }> };
}

/** What is sent as a command. */
interface Operation {
  commandName?: unknown;
  /** Of `runCommand`. */
  command?: Record<string, unknown>;
  ns?: { collection?: unknown };
}

const COMMANDS = new Set(
  (
    'find getMore aggregate count distinct insert update delete findAndModify bulkWrite mapReduce explain ' +
    'createIndexes dropIndexes listIndexes create drop collMod renameCollection listCollections listDatabases ' +
    'dropDatabase dbStats collStats validate killCursors commitTransaction abortTransaction endSessions ping hello ' +
    'buildInfo serverStatus replSetGetStatus currentOp killOp createUser updateUser dropUser usersInfo'
  ).split(' '),
);
/** Names alone are shown that any schema could have. */
const COLLECTION = /^[\p{L}_][\p{L}\p{N}_$.-]{0,47}$/u;

/**
 * mongodb 6 and 7, and mongoose through it. Its command events are left alone: they must be asked for before a
 * client connects, cost a copy of each command, and do not have the waiting for a connection in them.
 *
 * - begins: a server's `command`, with the waiting for a connection of its pool; as `CONNECT` a client's `connect`
 *   while it has none, and the search for a server while none is known.
 * - owner: read there: it runs in the context of whoever awaits the operation.
 * - ends: its promise; errors of writes are in the answer.
 * - not counted: what monitors the servers, handshakes.
 */
export const mongodb: ModuleSource<object> = {
  package: 'mongodb',
  kind: 'db',
  find({ MongoClient }) {
    const { prototype } = (typeof MongoClient === 'function' ? MongoClient : {}) as { prototype?: object };
    return prototype !== undefined && 'startSession' in prototype && 'connect' in prototype
      ? prototype
      : null;
  },
  install(hooks, clients) {
    const follower = new MongodbFollower(hooks);
    hooks.replace(clients, 'connect', (original) => follower.connect(original));
    // Each operation begins with one: a client that was connected before is followed from here on.
    hooks.replace(
      clients,
      'startSession',
      (original) =>
        function (this: Client, ...args) {
          follower.take(this);
          return original.apply(this, args);
        },
    );
  },
};

class MongodbFollower {
  private readonly hooks: Hooks;
  /** Of the command whose synchronous code runs. */
  private toCheckOut: Call | null = null;

  constructor(hooks: Hooks) {
    this.hooks = hooks;
  }

  connect(original: Method): Method {
    const follower = this;
    const { calls } = this.hooks;
    return function (this: Client, ...args) {
      if (!calls.active || isConnected(this)) return original.apply(this, args);
      const call = follower.open(calls.owner(), peerOfClient(this), 'CONNECT', 'CONNECT');
      // The checks of its servers go on in this context.
      const result = calls.quietly(() => original.apply(this, args)) as unknown;
      if (!(result instanceof Promise)) return result;
      const taken = result.then((client: unknown) => {
        follower.take(this);
        return client;
      });
      return call === null ? taken : endWithPromise(call, taken);
    };
  }

  /** The classes beneath are not exported: a connected client leads to them. */
  take({ topology }: Client): void {
    if (topology === undefined || topology === null) return;
    this.hooks.guarded(() => {
      this.hooks.replace(prototypeIn(topology, 'selectServer'), 'selectServer', (original) =>
        this.selectServer(original),
      );
    });
  }

  private selectServer(original: Method): Method {
    const follower = this;
    const { calls } = this.hooks;
    return function (this: Topology, ...args) {
      if (!calls.active) return original.apply(this, args);
      const isLost = this.description?.hasDataBearingServers === false;
      const call = isLost
        ? follower.open(calls.owner(), peerOfAddress(this.s?.seedlist?.[0]), 'CONNECT', 'CONNECT')
        : null;
      const result = original.apply(this, args) as unknown;
      if (!(result instanceof Promise)) return result;
      const taken = result.then((server: object) => {
        follower.hooks.guarded(() =>
          follower.hooks.replace(prototypeIn(server, 'command'), 'command', (command) =>
            follower.command(command),
          ),
        );
        return server;
      });
      return call === null ? taken : endWithPromise(call, taken);
    };
  }

  private command(original: Method): Method {
    const follower = this;
    const { calls } = this.hooks;
    return function (this: Server, ...args) {
      const owner = calls.owner();
      if (owner === null) return original.apply(this, args);
      const call = follower.hooks.guarded(() => {
        follower.takePool(this.pool);
        const [operation, detail] = nameOf(args);
        return follower.open(owner, peerOfAddress(this.description?.hostAddress), operation, detail);
      });
      if (call === null) return original.apply(this, args);
      const former = follower.toCheckOut;
      follower.toCheckOut = call;
      try {
        return endWithPromise(call, original.apply(this, args), failureIn);
      } finally {
        follower.toCheckOut = former;
      }
    };
  }

  private takePool(pool: object | undefined): void {
    const follower = this;
    this.hooks.replace(
      prototypeIn(pool, 'checkOut'),
      'checkOut',
      (original) =>
        function (this: unknown, ...args) {
          const call = follower.toCheckOut;
          follower.toCheckOut = null;
          const result = original.apply(this, args) as unknown;
          if (call === null || !(result instanceof Promise)) return result;
          return result.then((connection: unknown) => {
            call.pooled();
            return connection;
          });
        },
    );
  }

  private open(owner: Work | null, peer: string, operation: string, detail: string): Call | null {
    const { calls } = this.hooks;
    if (owner === null) return null;
    return this.hooks.guarded(() => calls.open(owner, calls.name('db', 'mongodb', peer, operation, detail)));
  }
}

/** Since 6.17 a server is given an operation, before it was a name and a command. */
function nameOf([first, second]: readonly unknown[]): [operation: string, detail: string] {
  const { commandName, command, ns } = (first ?? {}) as Operation;
  if (typeof commandName === 'string') {
    const key =
      commandName === 'runCommand' && typeof command === 'object' ? Object.keys(command)[0] : commandName;
    return named(key, ns?.collection ?? (key === undefined ? undefined : command?.[key]));
  }
  const sent = (second ?? {}) as Record<string, unknown>;
  const [key] = Object.keys(sent);
  return named(key, key === 'getMore' ? sent.collection : sent[key ?? '']);
}

function named(command: string | undefined, collection: unknown): [string, string] {
  if (command === undefined || !COMMANDS.has(command)) return ['other', 'other'];
  const isShown = typeof collection === 'string' && COLLECTION.test(collection);
  return [command, isShown ? `${command} ${collection}` : command];
}

/** Writes are answered, and fail nevertheless. */
function failureIn(answer: unknown): unknown {
  const { writeErrors, has } = (answer ?? {}) as { writeErrors?: unknown; has?: unknown };
  const failed =
    typeof has === 'function'
      ? (answer as { has(name: string): boolean }).has('writeErrors')
      : Array.isArray(writeErrors) && writeErrors.length > 0;
  return failed ? new MongoServerError() : null;
}

/** Named as the driver's own, which it makes of the answer later. */
class MongoServerError extends Error {}

function peerOfClient(client: object): string {
  const { options } = client as { options?: { hosts?: ReadonlyArray<object> } };
  return peerOfAddress(options?.hosts?.[0]);
}

function peerOfAddress(
  address: { host?: unknown; port?: unknown; socketPath?: unknown } | undefined,
): string {
  return address?.socketPath ? 'unix' : peerOf(address?.host, address?.port, 27017);
}

function prototypeIn(object: object | null | undefined, method: string): object | null {
  for (let at = object ?? null; at !== null; at = Object.getPrototypeOf(at) as object | null) {
    if (Object.hasOwn(at, method)) return at;
  }
  return null;
}

function isConnected({ topology }: Client): boolean {
  const { isConnected: asked } = (topology ?? {}) as { isConnected?: () => boolean };
  return typeof asked === 'function' && asked.call(topology);
}
