import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

/** A server in a thread of its own, which can be killed at any moment without losing its count. */
export interface CountingServer {
  readonly port: number;
  /** Values received: without tags, each stands behind a colon. */
  received(): number;
  /** Bytes or frames that made no sense. */
  broken(): number;
  kill(): Promise<void>;
}

export type Kind = 'udp' | 'tcp' | 'unixstream';

const SCRIPT = `
const { workerData: { kind, at, state, framed, stalled }, parentPort } = require('node:worker_threads');
const COLON = 58;
const count = (bytes) => {
  let found = 0;
  for (let i = 0; i < bytes.length; i++) if (bytes[i] === COLON) found++;
  Atomics.add(state, 0, found);
};
if (kind === 'udp') {
  const socket = require('node:dgram').createSocket({ type: 'udp4', recvBufferSize: 4 << 20 });
  socket.on('message', count);
  socket.bind(at, '127.0.0.1', () => parentPort.postMessage(socket.address().port));
} else {
  const server = require('node:net').createServer({ pauseOnConnect: stalled }, (socket) => {
    socket.on('error', () => {});
    if (stalled) return;
    let rest = Buffer.alloc(0);
    socket.on('data', (chunk) => {
      if (!framed) return count(chunk);
      rest = Buffer.concat([rest, chunk]);
      while (rest.length >= 4) {
        const length = rest.readUInt32LE();
        if (length === 0 || length > 65536) { Atomics.add(state, 1, 1); return socket.destroy(); }
        if (rest.length < 4 + length) break;
        count(rest.subarray(4, 4 + length));
        rest = rest.subarray(4 + length);
      }
    });
  });
  if (kind === 'tcp') server.listen(at, '127.0.0.1', () => parentPort.postMessage(server.address().port));
  else {
    try { require('node:fs').unlinkSync(at); } catch {}
    server.listen(at, () => parentPort.postMessage(0));
  }
}
`;

/** @param at a port (0 for any) or a path. */
export async function startCounting(
  kind: Kind,
  at: number | string,
  { framed = false, stalled = false, into = new Int32Array(new SharedArrayBuffer(8)) } = {},
): Promise<CountingServer> {
  const worker = new Worker(SCRIPT, { eval: true, workerData: { kind, at, state: into, framed, stalled } });
  const [port] = (await once(worker, 'message')) as [number];
  return {
    port,
    received: () => Atomics.load(into, 0),
    broken: () => Atomics.load(into, 1),
    kill: async () => {
      await worker.terminate();
    },
  };
}

/** Waits until `done`, at most `ms`; what follows asserts why. */
export async function until(done: () => boolean, ms = 10_000): Promise<void> {
  const end = performance.now() + ms;
  while (!done() && performance.now() < end) await new Promise((resolve) => setTimeout(resolve, 5));
}
