/** What one cell must show: a sample with a status, aborted or not; or none, of what is no request. */
export interface Cell {
  status: number;
  aborted: boolean;
}
/** A cell that cannot exist says why. */
export type Wanted = Cell | 'no sample' | { reason: string };

const whole = (status = 200): Cell => ({ status, aborted: false });
const CUT: Cell = { status: 200, aborted: true };
const UNSENT: Cell = { status: 499, aborted: true };

/** How an answer ends, and what that is where nothing else is said. */
export const ENDINGS = {
  ended: whole(),
  'ended, HEAD': whole(),
  'ended without reading the body': whole(413),
  'ended after early hints': whole(),
  'ended at checkContinue': whole(),
  'ended with trailers': whole(),
  'ended, then the request destroyed': whole(),
  'piped with content-length': whole(),
  'piped without content-length': whole(),
  'headers of 204 without an end': whole(204),
  'client leaves before headers': UNSENT,
  'client leaves before headers, then ended': UNSENT,
  'client leaves in the body': CUT,
  'client leaves in the body that was ended': CUT,
  'client leaves after the last byte': whole(),
  'client resets after the last byte': whole(),
  'client leaves in its upload, after the last byte': whole(),
  'client ends its side before headers': UNSENT,
  'server timeout': whole(408),
  'body that Node cannot parse': whole(400),
  destroyed: UNSENT,
  'destroyed in the body': CUT,
  upgrade: 'no sample',
  'ended from a file': whole(),
  'client leaves in a file': CUT,
  'never ended': UNSENT,
  'never ended after headers': CUT,
} as const satisfies Record<string, Wanted>;
export type Ending = keyof typeof ENDINGS;

type Row = Partial<Record<Ending, Wanted>>;
const without = (reason: string, ...endings: Ending[]): Row =>
  Object.fromEntries(endings.map((ending) => [ending, { reason }]));

const OF_FILES = without(
  'only streams of HTTP/2 answer from a file by themselves',
  'ended from a file',
  'client leaves in a file',
);
const OF_CONNECTIONS: Row = {
  ...OF_FILES,
  ...without('the connection ends each answer sooner or later', 'never ended', 'never ended after headers'),
};
const LEFT: readonly Ending[] = [
  'client leaves before headers',
  'client leaves before headers, then ended',
  'client leaves in the body',
  'client leaves in the body that was ended',
  'client leaves after the last byte',
  'client resets after the last byte',
  'client leaves in its upload, after the last byte',
  'client ends its side before headers',
];
const INJECTED: Row = {
  ...OF_FILES,
  ...without('no connection: there is nobody who could leave', ...LEFT),
  ...without(
    'no connection: nothing is parsed, timed out or upgraded',
    'server timeout',
    'body that Node cannot parse',
    'upgrade',
    'ended at checkContinue',
  ),
  ...without('no connection: an adapter writes no early hints', 'ended after early hints'),
  ...without('without an end, the invocation never returns', 'headers of 204 without an end'),
};
const SERVERLESS: Row = {
  ...INJECTED,
  ...without('Lambda has no trailers: the adapter throws', 'ended with trailers'),
  ...without('the request of the adapter has no socket: Node throws', 'ended, then the request destroyed'),
};
const HTTP2: Row = {
  ...without(
    'only streams of HTTP/2 with the `stream` API answer from a file',
    'ended from a file',
    'client leaves in a file',
  ),
  ...without('the connection ends each answer sooner or later', 'never ended', 'never ended after headers'),
  ...without('HTTP/2 has no limit for the time of a request', 'server timeout'),
  ...without(
    'a frame that cannot be parsed ends the whole session, not a request',
    'body that Node cannot parse',
  ),
  ...without('to end its side is how a client of HTTP/2 asks', 'client ends its side before headers'),
};
const NO_REQUEST = 'the application never sees the request: Node refuses it at once';
const dropped = Object.keys(ENDINGS).filter((ending) => ending !== 'ended') as Ending[];

/** What carries the answer; cells that differ from the usual, or cannot exist. */
export const CARRIERS = {
  'HTTP/1': OF_CONNECTIONS,
  HTTPS: {
    ...OF_CONNECTIONS,
    ...without('a connection in TLS has no reset of its own', 'client resets after the last byte'),
  },
  'HTTP/1 by allowHTTP1': {
    ...OF_CONNECTIONS,
    ...without('a connection in TLS has no reset of its own', 'client resets after the last byte'),
    ...without('a server of HTTP/2 does not time the requests of HTTP/1', 'server timeout'),
  },
  pipelined: {
    ...OF_CONNECTIONS,
    // It takes the connection along before its turn has come.
    'ended, then the request destroyed': UNSENT,
  },
  optimizeEmptyRequests: OF_CONNECTIONS,
  dropRequest: { ...without(NO_REQUEST, ...dropped), ended: whole(503) },
  'HTTP/2 compat': HTTP2,
  'HTTP/2 compat, Fastify': {
    ...HTTP2,
    ...without('Fastify has no route for what comes at checkContinue', 'ended at checkContinue'),
    ...without('a tunnel does not reach Fastify', 'upgrade'),
  },
  'HTTP/2 stream': {
    ...HTTP2,
    'ended from a file': whole(),
    'client leaves in a file': CUT,
    ...without('a stream has no request to destroy', 'ended, then the request destroyed'),
    ...without('a stream is handed over whatever it expects', 'ended at checkContinue'),
  },
  'light-my-request': INJECTED,
  'serverless-http': SERVERLESS,
  '@codegenie/serverless-express': SERVERLESS,
  '@fastify/aws-lambda': INJECTED,
  supertest: {
    ...OF_CONNECTIONS,
    ...without(
      'its client cannot do this',
      'upgrade',
      'server timeout',
      'body that Node cannot parse',
      'ended at checkContinue',
      'client ends its side before headers',
      'client resets after the last byte',
      'client leaves in its upload, after the last byte',
    ),
  },
} as const satisfies Record<string, Row>;
export type Carrier = keyof typeof CARRIERS;

/** What a cell must show. */
export function wanted(carrier: Carrier, ending: Ending): Wanted {
  return (CARRIERS[carrier] as Row)[ending] ?? ENDINGS[ending];
}

/** The endings that exist over a carrier. */
export function endingsOf(carrier: Carrier): Ending[] {
  const all = Object.keys(ENDINGS) as Ending[];
  return all.filter((ending) => !isReason(wanted(carrier, ending)));
}

function isReason(cell: Wanted): boolean {
  return typeof cell === 'object' && 'reason' in cell;
}
