import type http from 'node:http';
import type { IncomingMessage } from 'node:http';
import type { Call } from '../call.ts';
import type { Hooks, Method } from '../hooks.ts';
import { methodOf } from '../http-name.ts';
import { peerOf } from '../peer.ts';
import type { BuiltinSource } from '../source.ts';

/** On a client's request; null where it is nobody's call. */
const CALL = Symbol('routemeter.call');

interface Request extends http.ClientRequest {
  [CALL]?: Call | null;
  socketPath?: string;
  res?: IncomingMessage;
}

/** The channel of requests that were just made: Node 22. */
const HAS_CREATED = Number.parseInt(process.versions.node, 10) >= 22;

/**
 * The clients of `node:http` and `node:https`, and with them axios, got, node-fetch, superagent and most SDKs.
 *
 * - begins: `http.client.request.created`; on Node 20 where the request is handed to its agent or its socket.
 *   The channel `http.client.request.start` comes too late: when the request was sent.
 * - owner: read there, in the caller's context.
 * - ends: the request's event `close`, after the body was received. The channel `http.client.response.finish`
 *   comes too early: with the headers. Seen through the prototype's `emit`, since a listener for `error`
 *   would change what happens to an error that nobody listens for.
 * - not counted: what happens on a connection that was upgraded.
 */
export const httpClient: BuiltinSource = {
  package: 'node:http',
  kind: 'http',
  install(hooks: Hooks) {
    const { calls } = hooks;
    // Not loaded before: an application that follows no calls starts without it.
    const { Agent, ClientRequest } = process.getBuiltinModule('node:http');
    const begin = (request: Request): void => {
      if (request[CALL] !== undefined) return;
      request[CALL] = null;
      const owner = calls.owner();
      if (owner === null) return;
      const name = calls.http(owner, peer(request), methodOf(request.method), request.path);
      request[CALL] = calls.open(owner, name);
    };
    if (HAS_CREATED) {
      hooks.subscribe<{ request: Request }>('http.client.request.created', ({ request }) => begin(request));
    } else {
      const first = (original: Method): Method =>
        function (this: unknown, ...args: unknown[]) {
          const request = (args[0] instanceof ClientRequest ? args[0] : this) as Request;
          hooks.guarded(() => begin(request));
          return original.apply(this, args);
        };
      hooks.replace(Agent.prototype, 'addRequest', first);
      hooks.replace(ClientRequest.prototype, 'onSocket', first);
    }
    hooks.replace(
      ClientRequest.prototype,
      'emit',
      (original) =>
        function (this: Request, event: unknown, subject: unknown) {
          const call = this[CALL];
          if (call !== undefined && call !== null && !call.ended)
            hooks.guarded(() => follow(call, this, event, subject));
          // biome-ignore lint/complexity/noArguments: passes on whatever was given, without making an array
          return original.apply(this, arguments as never);
        },
    );
  },
};

function follow(call: Call, request: Request, event: unknown, subject: unknown): void {
  switch (event) {
    case 'response':
      call.status = (subject as IncomingMessage).statusCode ?? 0;
      return;
    case 'upgrade':
    case 'connect':
      call.status = (subject as IncomingMessage).statusCode ?? 0;
      call.end();
      return;
    case 'error':
      call.fail(subject);
      return;
    case 'close': {
      const { res } = request;
      if (res !== undefined && res !== null && !res.complete) call.fail({ code: 'ECONNRESET' });
      else call.end();
    }
  }
}

/** From the header that the client makes of host and port; from the host alone where the caller set it. */
function peer(request: Request): string {
  if (request.socketPath) return 'unix';
  const header = String(request.getHeader('host') ?? '').toLowerCase();
  const host = peerOf(request.host, '', 0);
  return header.startsWith(`${host}:`) ? header : host;
}
