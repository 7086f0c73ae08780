import fc from 'fast-check';

/** One thing an application does with a request or its response. */
export type Op =
  | { do: 'writeHead'; status: number; length: number | null }
  | { do: 'setHeader'; name: string }
  | { do: 'write'; bytes: number }
  | { do: 'end'; bytes: number | null }
  | { do: 'throwOn'; on: 'req' | 'res'; event: string }
  | { do: 'destroy'; what: 'req' | 'res' | 'socket'; error: boolean }
  | { do: (typeof PLAIN)[number] };

const PLAIN = [
  'flushHeaders',
  'writeContinue',
  'writeProcessing',
  'writeEarlyHints',
  'addTrailers',
  'cork',
  'uncork',
  'onData',
  'onReadable',
  'pause',
  'resume',
  'forAwait',
  'breakOut',
  'pipeline',
  'pipe',
  'finished',
  'throw',
  'reject',
  'socketEnd',
  'hold',
] as const;

export interface ProgramRequest {
  method: string;
  version: '1.0' | '1.1';
  /** Headers beside those the body needs. */
  headers: string[];
  /** Bytes of each part of the body; null for a request without one. */
  body: { chunked: boolean; parts: number[]; isWhole: boolean; trailers: boolean } | null;
  /** What the application does before its listener returns. */
  now: Op[];
}

export type Step =
  /** The client writes so many further pieces of its requests at once. */
  | { step: 'send'; pieces: number }
  /** The application acts on a request that it has seen. */
  | { step: 'act'; on: number; op: Op }
  | { step: 'client'; how: 'destroy' | 'reset' | 'end' | 'pause' | 'resume' };

/** A server, a client on one connection, and what both do in turn. */
export interface Program {
  listens: { checkContinue: boolean; checkExpectation: boolean; upgrade: boolean; clientError: boolean };
  requests: ProgramRequest[];
  steps: Step[];
  edges?: Edges;
}

/** What is rarer than a plain server with its requests. */
export interface Edges {
  isTls: boolean;
  /** A CONNECT after all other requests, and whether somebody listens for it. */
  connect: 'none' | 'heard' | 'unheard';
  /** The step before which the server stops to take connections, while requests are in flight. */
  closesAt: number | null;
  /** The server refuses more requests than this on one connection. */
  maxRequests: number;
}

const op: fc.Arbitrary<Op> = fc.oneof(
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('writeHead' as const),
      status: fc.constantFrom(200, 201, 204, 304, 404, 500, 99),
      length: fc.constantFrom(null, null, 0, 3),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('setHeader' as const),
      name: fc.constantFrom('x-a', 'content-type', 'bad name', 'connection'),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('write' as const), bytes: fc.constantFrom(0, 1, 3, 200_000) }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('end' as const),
      bytes: fc.constantFrom(null, 0, 3, 200_000),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.oneof(
      fc.record({
        do: fc.constant('throwOn' as const),
        on: fc.constant('req' as const),
        event: fc.constantFrom('data', 'end', 'close'),
      }),
      fc.record({
        do: fc.constant('throwOn' as const),
        on: fc.constant('res' as const),
        event: fc.constantFrom('finish', 'close', 'drain', 'prefinish'),
      }),
    ),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('destroy' as const),
      what: fc.constantFrom('req' as const, 'res' as const, 'socket' as const),
      error: fc.boolean(),
    }),
  },
  { weight: 8, arbitrary: fc.constantFrom(...PLAIN).map((name): Op => ({ do: name })) },
);

const request: fc.Arbitrary<ProgramRequest> = fc.record({
  method: fc.constantFrom('GET', 'GET', 'POST', 'POST', 'HEAD', 'PUT', 'OPTIONS', 'DELETE', 'PURGE'),
  version: fc.constantFrom('1.1' as const, '1.1' as const, '1.1' as const, '1.0' as const),
  headers: fc.subarray(
    [
      'Expect: 100-continue',
      'Expect: more',
      'Connection: close',
      'Upgrade: x\r\nConnection: Upgrade',
      'TE: trailers',
    ],
    { maxLength: 2 },
  ),
  body: fc.option(
    fc.record({
      chunked: fc.boolean(),
      parts: fc.array(fc.constantFrom(1, 5, 70_000), { minLength: 1, maxLength: 3 }),
      isWhole: fc.boolean(),
      trailers: fc.boolean(),
    }),
  ),
  now: fc.array(op, { maxLength: 4 }),
});

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({ step: fc.constant('send' as const), pieces: fc.integer({ min: 1, max: 5 }) }),
  },
  { weight: 8, arbitrary: fc.record({ step: fc.constant('act' as const), on: fc.nat({ max: 3 }), op }) },
  {
    weight: 1,
    arbitrary: fc.record({
      step: fc.constant('client' as const),
      how: fc.constantFrom(
        'destroy' as const,
        'reset' as const,
        'end' as const,
        'pause' as const,
        'resume' as const,
      ),
    }),
  },
);

export const program: fc.Arbitrary<Program> = fc.record({
  listens: fc.record({
    checkContinue: fc.boolean(),
    checkExpectation: fc.boolean(),
    upgrade: fc.boolean(),
    clientError: fc.boolean(),
  }),
  requests: fc.array(request, { minLength: 1, maxLength: 4 }),
  steps: fc
    .array(step, { minLength: 1, maxLength: 14 })
    .map((steps): Step[] => [{ step: 'send', pieces: 1 }, ...steps]),
});

/** The same with TLS, CONNECT, and servers that close while they answer. */
export const edgyProgram: fc.Arbitrary<Program> = fc
  .record({
    base: program,
    edges: fc.record({
      isTls: fc.boolean(),
      connect: fc.constantFrom('none' as const, 'heard' as const, 'unheard' as const),
      closesAt: fc.option(fc.nat({ max: 6 })),
      maxRequests: fc.constantFrom(0, 0, 1, 2),
    }),
  })
  .map(({ base, edges }) => ({ ...base, edges }));

/** What one run of a program showed. */
export interface Outcome {
  /** What the application saw, in its order. */
  app: string[];
  /** What came back over the wire, its dates aside. */
  wire: string;
  /** Requests that reached the application. */
  reached: number;
  /** Requests beyond the limit of their connection, which Node answered by itself. */
  refused: number;
  /** Samples of `http.server.request`. */
  measured: number;
}

export const MODES = ['bare', 'explicit auto', 'explicit off', 'preload auto', 'preload off'] as const;
export type Mode = (typeof MODES)[number];
