import type { ClientHttp2Stream, IncomingHttpHeaders } from 'node:http2';
import { attach } from '../attached.ts';
import type { Call } from '../call.ts';
import { grpcFailureOf, grpcMethodOf } from '../grpc-name.ts';
import type { Hooks } from '../hooks.ts';
import { methodOf, originOf } from '../http-name.ts';
import type { BuiltinSource } from '../source.ts';
import { isGrpcFollowed } from './grpc.ts';

/** On a stream that is somebody's call. */
const ASKED = Symbol('routemeter.call');

interface Asked {
  call: Call;
  isGrpc: boolean;
  isTunnel: boolean;
  /** `grpc-status`, as the server sent it. */
  grpcStatus: unknown;
}

interface Stream extends ClientHttp2Stream {
  [ASKED]?: Asked;
}

/** The channel of client streams: Node 22. */
const HAS_CHANNEL = Number.parseInt(process.versions.node, 10) >= 22;
/** Codes of `RST_STREAM`, without the prefix. */
const RESETS = [
  'NO_ERROR',
  'PROTOCOL_ERROR',
  'INTERNAL_ERROR',
  'FLOW_CONTROL_ERROR',
  'SETTINGS_TIMEOUT',
  'STREAM_CLOSED',
  'FRAME_SIZE_ERROR',
  'REFUSED_STREAM',
  'CANCEL',
  'COMPRESSION_ERROR',
  'CONNECT_ERROR',
  'ENHANCE_YOUR_CALM',
  'INADEQUATE_SECURITY',
  'HTTP_1_1_REQUIRED',
];

/**
 * The clients of `node:http2`, and with them http2-wrapper, got's `http2`, and gRPC of other libraries than
 * grpc-js: a stream of the type `application/grpc` is an RPC.
 *
 * - begins: `session.request`, by the channel `http2.client.stream.created`; on Node 20, which has none, by the
 *   method itself. So waiting for a session that connects, and for a free stream, counts in.
 * - owner: read there. Later channels run in the context of whoever made the session: none is used.
 * - ends: the stream's event `end`, when the body was received, or `close` where it was not; a tunnel with its response. Seen through the
 *   prototype's `emit`, since a listener for `error` would change what happens to an error that nobody listens for.
 * - not counted: pushed streams; streams of undici and of grpc-js, whose calls are counted as theirs.
 */
export const http2Client: BuiltinSource = {
  package: 'node:http2',
  kind: 'http',
  install(hooks) {
    let isHooked = false;
    const begin = (stream: Stream) => {
      const asked = open(hooks, stream);
      if (asked === null) return;
      attach(stream, ASKED, asked);
      if (isHooked) return;
      isHooked = true;
      followEvents(hooks, Object.getPrototypeOf(stream) as object);
    };
    if (HAS_CHANNEL) {
      hooks.subscribe<{ stream: Stream }>('http2.client.stream.created', ({ stream }) => begin(stream));
      return;
    }
    hooks.replace(
      sessionPrototype(),
      'request',
      (original) =>
        function (this: unknown, ...args) {
          const stream = original.apply(this, args) as Stream;
          hooks.guarded(() => begin(stream));
          return stream;
        },
    );
  },
};

/** The class of sessions is not exported: it is taken from one that is connected to nothing. */
function sessionPrototype(): object {
  const { Duplex } = process.getBuiltinModule('node:stream');
  const nothing = new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() });
  const http2 = process.getBuiltinModule('node:http2');
  const session = http2.connect('http://localhost', { createConnection: () => nothing });
  const prototype = Object.getPrototypeOf(session) as object;
  session.destroy();
  return prototype;
}

function open({ calls }: Hooks, stream: Stream): Asked | null {
  const owner = calls.owner();
  if (owner === null) return null;
  const headers = stream.sentHeaders;
  // Pushed by the server.
  if (headers === undefined || (stream.id !== undefined && stream.id % 2 === 0)) return null;
  if (isUndicis(stream.session)) return null;
  const method = headers[':method'];
  const path = headers[':path'];
  const origin = originOf(
    `${headers[':scheme'] ?? 'https'}://${headers[':authority'] ?? headers.host ?? ''}`,
  );
  const isGrpc = String(headers['content-type'] ?? '').startsWith('application/grpc');
  if (isGrpc && isGrpcFollowed() && String(headers['user-agent']).includes('grpc-node-js/')) return null;
  const name = isGrpc
    ? calls.name('rpc', 'grpc', origin, grpcMethodOf(path))
    : calls.http(owner, origin, methodOf(method), path);
  const call = calls.open(owner, name);
  return call === null ? null : { call, isGrpc, isTunnel: method === 'CONNECT', grpcStatus: undefined };
}

function followEvents(hooks: Hooks, prototype: object): void {
  hooks.replace(
    prototype,
    'emit',
    (original) =>
      function (this: Stream, event: unknown, subject: unknown) {
        const asked = this[ASKED];
        if (asked !== undefined && !asked.call.ended)
          hooks.guarded(() => follow(asked, this, event, subject));
        // biome-ignore lint/complexity/noArguments: passes on whatever was given, without making an array
        return original.apply(this, arguments as never);
      },
  );
}

function follow(asked: Asked, stream: Stream, event: unknown, subject: unknown): void {
  const { call, isGrpc } = asked;
  switch (event) {
    case 'response': {
      const headers = subject as IncomingHttpHeaders;
      if (isGrpc) asked.grpcStatus = headers['grpc-status'];
      else call.status = Number(headers[':status'] ?? 0);
      if (asked.isTunnel) call.end();
      return;
    }
    case 'trailers':
      asked.grpcStatus ??= (subject as IncomingHttpHeaders)['grpc-status'];
      return;
    case 'error': {
      const { code, cause } = (subject ?? {}) as { code?: unknown; cause?: unknown };
      // A session that could not connect cancels its streams.
      call.fail(code === 'ERR_HTTP2_STREAM_CANCEL' ? (cause ?? subject) : subject);
      return;
    }
    case 'end':
      // `close` comes later; but it alone tells of resets, and of trailers that are late.
      if (stream.rstCode !== 0 || stream.aborted || (isGrpc && asked.grpcStatus === undefined)) return;
      settle(asked, '');
      return;
    case 'close': {
      const { rstCode = 0, readableEnded } = stream;
      if (rstCode !== 0) settle(asked, `NGHTTP2_${RESETS[rstCode] ?? 'UNKNOWN'}`);
      // The stream, or its session, was destroyed.
      else settle(asked, readableEnded ? '' : 'ERR_HTTP2_STREAM_CANCEL');
    }
  }
}

/** What gRPC says of itself comes first. */
function settle({ call, isGrpc, grpcStatus }: Asked, code: string): void {
  const failure = isGrpc && grpcStatus !== undefined ? grpcFailureOf(grpcStatus) : undefined;
  if (failure === null) call.end();
  else if (failure !== undefined) call.fail(failure);
  else if (code !== '') call.fail({ code });
  else if (isGrpc) call.fail(grpcFailureOf(2));
  else call.end();
}

const undicis = new WeakMap<object, boolean>();

/** undici tells of its requests itself, whichever protocol carries them: it leaves its client on its sessions. */
function isUndicis(session: object | undefined): boolean {
  if (session === undefined) return false;
  let is = undicis.get(session);
  if (is === undefined) {
    is = Object.getOwnPropertySymbols(session).some(({ description }) => description === 'client');
    undicis.set(session, is);
  }
  return is;
}
