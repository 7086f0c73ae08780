import type { Work } from '../../attribution/index.ts';
import type { Call } from '../call.ts';
import { endWithin, type Hooks, type Method, prototypeOf } from '../hooks.ts';
import { peerOf } from '../peer.ts';
import type { ModuleSource } from '../source.ts';

interface Server {
  host?: unknown;
  port?: unknown;
}

interface Client {
  servers: readonly Server[];
  server(key: unknown): Server | null;
}

interface Response {
  header?: { status?: unknown };
}

/** Of the binary protocol. */
const OPERATIONS: Readonly<Record<number, string>> = {
  0: 'GET',
  1: 'SET',
  2: 'ADD',
  3: 'REPLACE',
  4: 'DELETE',
  5: 'INCR',
  6: 'DECR',
  14: 'APPEND',
  15: 'PREPEND',
  28: 'TOUCH',
};
/** Answers that are no errors: done, no such key, key exists, not stored. */
const ANSWERS: ReadonlySet<unknown> = new Set([0, 1, 2, 5]);

/** On a callback: its call began. A request that is sent again keeps it. */
const SEEN = Symbol('routemeter.seen');

/**
 * memjs. It calls back in the context of whoever opened the connection; here, as part of the work that asked.
 *
 * - begins: `perform`, first time, through which all commands with a key go; `flush`.
 * - owner: read there.
 * - ends: its callback.
 * - not counted: what is sent again after an error, `stats`, and `quit`.
 */
export const memjs: ModuleSource<{ client: object }> = {
  package: 'memjs',
  kind: 'db',
  find({ Client }) {
    const client = prototypeOf(Client);
    return client !== null && ['perform', 'incrSeq', 'statsWithKey'].every((name) => name in client)
      ? { client }
      : null;
  },
  install(hooks, { client }) {
    hooks.replace(
      client,
      'perform',
      (original) =>
        function (this: Client, ...args) {
          if (hooks.calls.active) hooks.guarded(() => begin(hooks, this, args));
          return original.apply(this, args);
        },
    );
    hooks.replace(
      client,
      'flush',
      (original) =>
        function (this: Client, ...args) {
          // Without a callback it calls itself with one.
          if (hooks.calls.active && typeof args[0] === 'function')
            hooks.guarded(() => {
              const owner = hooks.calls.owner();
              const call = owner === null ? null : open(hooks, owner, this, this.servers[0], 'FLUSH');
              if (call !== null) args[0] = endWithin(hooks.calls, owner!, call, args[0] as Method);
            });
          return original.apply(this, args);
        },
    );
  },
};

function begin(hooks: Hooks, client: Client, args: unknown[]): void {
  const [key, request, , callback] = args;
  if (typeof callback !== 'function' || SEEN in callback) return;
  const server = client.servers.length === 1 ? client.servers[0] : client.server(key);
  const code = Buffer.isBuffer(request) ? (request[1] ?? -1) : -1;
  const owner = hooks.calls.owner();
  const call = owner === null ? null : open(hooks, owner, client, server, OPERATIONS[code] ?? 'other');
  const ended =
    call === null ? callback : endWithAnswer(call, hooks.calls.within(owner!, callback as Method));
  Object.defineProperty(ended, SEEN, { value: true });
  args[3] = ended;
}

/** A refusal is an answer here; the library makes an error of it afterwards. */
function endWithAnswer(call: Call, callback: Method): Method {
  return (error: unknown, response: Response | null, ...more: unknown[]) => {
    const status = response?.header?.status;
    if (error) call.fail(error);
    else if (status === undefined || ANSWERS.has(status)) call.end();
    else call.fail(new Error('refused'));
    return callback(error, response, ...more) as unknown;
  };
}

function open(
  { calls }: Hooks,
  owner: Work,
  client: Client,
  server: Server | null | undefined,
  operation: string,
): Call | null {
  const { host, port } = server ?? client.servers[0] ?? {};
  return calls.open(owner, calls.name('db', 'memcached', peerOf(host, port, 11211), operation));
}
