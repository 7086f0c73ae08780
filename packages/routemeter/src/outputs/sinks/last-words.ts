/** Where a worker can deliver to; a name is looked up there. */
export type Destination =
  | { readonly kind: 'udp'; readonly host: string; readonly port: number }
  | {
      readonly kind: 'stream';
      readonly to: { readonly path: string } | { readonly host: string; readonly port: number };
    };

const DONE = 0;
const HANDED = 1;

// CommonJS text, since a worker made from text runs without a file of its own in every build.
const SCRIPT = `
const { workerData: { destination, chunks, state } } = require('node:worker_threads');
const done = () => { Atomics.store(state, ${DONE}, 1); Atomics.notify(state, ${DONE}); };
const handed = () => Atomics.add(state, ${HANDED}, 1);
let at = 0;
if (destination.kind === 'udp') {
  require('node:dns').lookup(destination.host, (error, ip, family) => {
    if (error) return done();
    const socket = require('node:dgram').createSocket(family === 6 ? 'udp6' : 'udp4').on('error', done);
    const next = () => {
      if (at === chunks.length) { socket.close(); return done(); }
      socket.send(chunks[at++], destination.port, ip, (error) => { if (error) return done(); handed(); next(); });
    };
    next();
  });
} else {
  const socket = require('node:net').connect(destination.to).on('error', done);
  const next = () => {
    if (at === chunks.length) return socket.end(done);
    socket.write(chunks[at++], (error) => { if (error) return done(); handed(); next(); });
  };
  socket.on('connect', next);
}
`;

/**
 * Delivers from an `exit` listener, where the event loop no longer turns: a worker has one of its
 * own, and this thread waits for it, at most `waitMs`.
 *
 * @returns how many chunks, from the first, the system took.
 */
export function deliverLast(destination: Destination, chunks: readonly Uint8Array[], waitMs: number): number {
  if (waitMs <= 0 || chunks.length === 0) return 0;
  const state = new Int32Array(new SharedArrayBuffer(8));
  try {
    const { Worker } = process.getBuiltinModule('node:worker_threads');
    // Nothing of the application's start-up, preloads above all, may run again.
    new Worker(SCRIPT, {
      eval: true,
      execArgv: [],
      env: {},
      workerData: { destination, chunks: chunks.map((chunk) => Uint8Array.from(chunk)), state },
    }).on('error', () => {});
    Atomics.wait(state, DONE, 0, waitMs);
  } catch {
    // No worker can start here: what is left is reported by the caller.
  }
  return Atomics.load(state, HANDED);
}
