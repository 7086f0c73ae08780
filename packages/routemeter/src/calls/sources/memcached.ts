import { endWithin, type Hooks, type Method, prototypeOf } from '../hooks.ts';
import { peerOf } from '../peer.ts';
import type { ModuleSource } from '../source.ts';

interface Query {
  type?: unknown;
  callback?: unknown;
  key?: unknown;
}

interface Client {
  servers: readonly string[];
  HashRing: { get(key: unknown): string | undefined };
}

/** Of the text protocol; what stands in a query may be anything. */
const OPERATIONS: ReadonlySet<unknown> = new Set([
  'get',
  'gets',
  'set',
  'add',
  'replace',
  'append',
  'prepend',
  'cas',
  'incr',
  'decr',
  'delete',
  'touch',
  'flush_all',
  'version',
  'stats',
]);

/**
 * memcached (memcached.js). It calls back in the context of whoever opened the connection; here, as
 * part of the work that asked.
 *
 * - begins: `command`, through which everything goes: one for each server that a call of the application asks.
 * - owner: read there.
 * - ends: the callback of the query.
 * - not counted: the copies that the option `redundancy` writes to further servers.
 */
export const memcached: ModuleSource<{ client: object }> = {
  package: 'memcached',
  kind: 'db',
  find({ default: standard }) {
    const client = prototypeOf(standard);
    return client !== null && ['command', 'getMulti', 'connectionIssue'].every((name) => name in client)
      ? { client }
      : null;
  },
  install(hooks, { client }) {
    hooks.replace(
      client,
      'command',
      (original) =>
        function (this: Client, compile: Method, server?: unknown, ...more) {
          if (!hooks.calls.active || typeof compile !== 'function')
            return original.call(this, compile, server, ...more);
          let isFirst = true;
          const followed: Method = (...args) => {
            const query = compile(...args) as Query;
            // Compiled again for the copies.
            if (isFirst) hooks.guarded(() => follow(hooks, this, query, server));
            isFirst = false;
            return query;
          };
          return original.call(this, followed, server, ...more);
        },
    );
  },
};

function follow({ calls }: Hooks, client: Client, query: Query, server: unknown): void {
  const owner = calls.owner();
  // Nothing is sent without a callback.
  if (owner === null || typeof query.callback !== 'function') return;
  const type = typeof query.type === 'string' ? query.type.split(' ')[0] : '';
  const operation = OPERATIONS.has(type) ? String(type).toUpperCase() : 'other';
  const name = calls.name('db', 'memcached', peer(client, query, server), operation);
  const call = calls.open(owner, name);
  if (call === null) return;
  const ending = {
    end: () => call.end(),
    fail(error: unknown) {
      const first = Array.isArray(error) ? (error as unknown[])[0] : error;
      // An empty list is no error; and what was not stored is an answer.
      if (!first || (first as { notStored?: unknown }).notStored === true) call.end();
      else call.fail(typeof first === 'string' ? new Error(first) : first);
    },
  };
  query.callback = endWithin(calls, owner, ending, query.callback as Method);
}

function peer({ servers, HashRing }: Client, { key }: Query, server: unknown): string {
  const chosen =
    server ?? (servers.length === 1 ? servers[0] : typeof key === 'string' ? HashRing.get(key) : '');
  if (typeof chosen !== 'string') return '';
  const [, host = chosen, port] = /^(.+):(\d+)$/.exec(chosen) ?? [];
  return host === '' ? '' : peerOf(host, port, 11211);
}
