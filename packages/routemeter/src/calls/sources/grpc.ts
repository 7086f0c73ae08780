import type { Work } from '../../attribution/index.ts';
import { attach } from '../attached.ts';
import type { Call } from '../call.ts';
import { connecting } from '../connecting.ts';
import { grpcFailureOf, grpcMethodOf } from '../grpc-name.ts';
import { type Hooks, prototypeOf } from '../hooks.ts';
import { originOf } from '../http-name.ts';
import { peerOf } from '../peer.ts';
import type { ModuleSource } from '../source.ts';

/** On a call of the library: whose it is, and its name's parts. */
const MADE = Symbol('routemeter.owner');

interface Made {
  owner: Work;
  peer: string;
  method: string;
}

interface GrpcCall {
  [MADE]?: Made;
}

interface Status {
  code: number;
}

interface Listener {
  onReceiveMetadata(metadata: unknown): void;
  onReceiveMessage(message: unknown): void;
  onReceiveStatus(status: Status): void;
}

let followed = 0;

/** Calls of grpc-js are followed as such, so that their streams of HTTP/2 are none beside them. */
export function isGrpcFollowed(): boolean {
  return followed > 0;
}

/**
 * The clients of @grpc/grpc-js, generated ones and those of proto-loader.
 *
 * - begins: `start` of a call. The clients keep the methods of `Client.prototype` that they were made with, so
 *   that the place to look is the channel beneath them.
 * - owner: `Channel.prototype.createCall`, in the caller's synchronous code. The stream of HTTP/2 is opened
 *   later, where the connection was not ready by what connected it.
 * - ends: its status, which is in the trailers. A status other than OK is the error.
 * - not counted: its stream of HTTP/2, attempts of its own retries, look-ups of its target's name.
 */
export const grpc: ModuleSource<object> = {
  package: '@grpc/grpc-js',
  kind: 'rpc',
  find(exports) {
    const channel = prototypeOf(exports.ChannelImplementation ?? exports.Channel) as Record<
      string,
      unknown
    > | null;
    return typeof channel?.createCall === 'function' && typeof channel.getTarget === 'function'
      ? channel
      : null;
  },
  install(hooks, channels) {
    const { calls } = hooks;
    followed++;
    hooks.whenRemoved(() => {
      followed--;
    });
    let isHooked = false;
    hooks.replace(
      channels,
      'createCall',
      (original) =>
        function (this: { getTarget(): unknown }, ...args) {
          const owner = calls.owner();
          if (owner === null) return original.apply(this, args);
          const call = connecting(() => original.apply(this, args)) as GrpcCall;
          hooks.guarded(() => {
            attach(call, MADE, {
              owner,
              peer: peerOfTarget(this.getTarget()),
              method: grpcMethodOf(args[0]),
            });
            if (isHooked) return;
            isHooked = true;
            followStart(hooks, Object.getPrototypeOf(call) as object);
          });
          return call;
        },
    );
  },
};

function followStart(hooks: Hooks, prototype: object): void {
  const { calls } = hooks;
  hooks.replace(
    prototype,
    'start',
    (original) =>
      function (this: GrpcCall, metadata: unknown, listener: Listener, ...more) {
        const made = this[MADE];
        const call =
          made === undefined
            ? null
            : hooks.guarded(() => calls.open(made.owner, calls.name('rpc', 'grpc', made.peer, made.method)));
        if (call === null) return original.call(this, metadata, listener, ...more);
        return connecting(() => original.call(this, metadata, endWithListener(call, listener), ...more));
      },
  );
}

function endWithListener(call: Call, listener: Listener): Listener {
  return {
    onReceiveMetadata: (metadata) => listener.onReceiveMetadata(metadata),
    onReceiveMessage: (message) => listener.onReceiveMessage(message),
    onReceiveStatus(status) {
      const failure = grpcFailureOf(status?.code);
      if (failure === null) call.end();
      else call.fail(failure);
      listener.onReceiveStatus(status);
    },
  };
}

/** Of `dns:host:port`, `dns:///host:port`, `ipv4:address:port,...`, `unix:path`. */
function peerOfTarget(target: unknown): string {
  const [, scheme = '', address = ''] =
    /^([a-z][a-z\d+.-]*):(?:\/\/[^/]*\/)?(.*)$/is.exec(String(target)) ?? [];
  if (scheme.startsWith('unix')) return peerOf('/', 0, 0);
  return originOf(`https://${address.replace(/,.*/s, '')}`);
}
